/**
 * What entries of the quarantine have in common when they have one cause: source, stage, reason, event, and field and detail without
 * what differs from one entry to the next (places in lists, values, numbers). Expressions of SQL over the relation `quarantine`,
 * in the subset that Trino and DuckDB share.
 */
export const GROUP_SQL = {
  source_id: column('source_id'),
  stage: column('stage'),
  reason: column('reason'),
  field: "regexp_replace(coalesce(field, ''), '/[0-9]+', '/*')",
  event_name: "coalesce(event_name, '')",
  shape: `regexp_replace(regexp_replace(coalesce(detail, ''), '"(\\\\.|[^"\\\\])*"', '"…"'), '[0-9]+', '#')`,
} as const;

function column(name: string): string {
  return name;
}

/** One cause, as its entries are found by it. */
export type QuarantineGroup = { readonly [K in keyof typeof GROUP_SQL]: string };

/** The detail without what differs; the same as `GROUP_SQL.shape`. */
export const shapeOf = (detail: string): string =>
  detail.replaceAll(/"(\\.|[^"\\])*"/g, '"…"').replaceAll(/[0-9]+/g, '#');

/** The field without places in lists; the same as `GROUP_SQL.field`. */
export const fieldPattern = (field: string): string => field.replaceAll(/\/[0-9]+/g, '/*');
