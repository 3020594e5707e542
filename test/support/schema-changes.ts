/** JSON Schema, as far as the contracts use it. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** Bounds that refuse more when they rise, and when they fall. */
const LOWER = ['minimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Two of these cannot be compared, so any other value counts as tighter. */
const EXACT = ['pattern', 'format', 'const'];

/**
 * Every way in which `after` breaks with `before`: it refuses a value that was accepted, or lacks a field that readers
 * rely on. New optional fields, wider bounds and further alternatives are no breaks.
 */
export function breakingChanges(before: JsonSchema, after: JsonSchema, at = ''): string[] {
  if (before.anyOf || after.anyOf) return brokenAlternatives(before, after, at);
  if (
    after.type !== undefined &&
    after.type !== before.type &&
    !(before.type === 'integer' && after.type === 'number')
  ) {
    return [`${at || '/'}: the type was ${before.type ?? 'anything'} and is ${after.type}`];
  }
  return [
    ...tighterBounds(before, after, at),
    ...brokenFields(before, after, at),
    ...brokenInside(before.items, after.items, `${at}/*`),
    ...Object.entries(before.patternProperties ?? {}).flatMap(([pattern, schema]) =>
      brokenInside(schema, after.patternProperties?.[pattern], `${at}/*`),
    ),
  ];
}

const brokenInside = (before: JsonSchema | undefined, after: JsonSchema | undefined, at: string): string[] =>
  before === undefined && after === undefined ? [] : breakingChanges(before ?? {}, after ?? {}, at);

function brokenAlternatives(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const now = after.anyOf ?? [after];
  return (before.anyOf ?? [before]).flatMap((alternative) => {
    const tries = now.map((candidate) => breakingChanges(alternative, candidate, at));
    if (tries.some((breaks) => breaks.length === 0)) return [];
    const shown = JSON.stringify(alternative.const ?? alternative).slice(0, 80);
    return [`${at || '/'}: the alternative ${shown} is no longer accepted`];
  });
}

function tighterBounds(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);
  const tighter = [
    ...LOWER.filter((key) => number(after[key], -Infinity) > number(before[key], -Infinity)),
    ...UPPER.filter((key) => number(after[key], Infinity) < number(before[key], Infinity)),
    ...EXACT.filter((key) => after[key] !== undefined && after[key] !== before[key]),
  ];
  return tighter.map((key) => `${at || '/'}: ${key} was ${before[key] ?? 'absent'} and is ${after[key]}`);
}

function brokenFields(before: JsonSchema, after: JsonSchema, at: string): string[] {
  const known = before.properties ?? {};
  const removed = Object.keys(known).filter((name) => after.properties?.[name] === undefined);
  const demanded = (after.required ?? []).filter((name) => !before.required?.includes(name));
  const dropped = (before.required ?? []).filter(
    (name) => !after.required?.includes(name) && after.properties?.[name] !== undefined,
  );
  const closed =
    after.additionalProperties === false && before.additionalProperties !== false && before.type === 'object';
  return [
    ...removed.map((name) => `${at}/${name}: the field was removed`),
    ...demanded.map((name) => `${at}/${name}: the field is required and was not`),
    ...dropped.map((name) => `${at}/${name}: readers rely on the field, and it is optional now`),
    ...(closed ? [`${at || '/'}: further fields are refused and were not`] : []),
    ...Object.entries(known).flatMap(([name, schema]) => {
      const now = after.properties?.[name];
      return now === undefined ? [] : breakingChanges(schema, now, `${at}/${name}`);
    }),
  ];
}
