import { LATENESS_BOUNDS } from '../../../schemas/quality.ts';
import type { Lateness, QualityFault, QualityRow, Volume } from '../../../schemas/quality-report.ts';
import type { SqlResult } from '../seams.ts';

/** A row of an answer of the lake, by column. */
export type Row = Readonly<Record<string, unknown>>;

export const rowsOf = ({ columns, rows }: SqlResult): Row[] =>
  rows.map((values) => Object.fromEntries(columns.map((name, index) => [name, values[index]])));

export const numberIn = (row: Row, name: string): number => Number(row[name] ?? 0);
export const textIn = (row: Row, name: string): string => String(row[name] ?? '');

/** What rows of several answers are put together by. */
export const keyOf = (day: string, source: string, event: string): string => JSON.stringify([day, source, event]);

/** Part of a whole, 0 to 1; null of nothing. */
export const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);

/** What is counted where the lake cannot know it: on the way in, and when a repeat is dropped. */
export interface OutsideCount {
  /** Local day. */
  readonly day: string;
  readonly source_id: string;
  /** Empty where it is not known. */
  readonly event: string;
  readonly kind: 'refused' | 'duplicate';
  /** Of a refusal; else empty. */
  readonly reason: string;
  readonly count: number;
}

/** Smallest bound that at least `share` of the events kept; null where there is none. */
function percentile(within: Lateness['within'], events: number, share: number): number | null {
  if (events === 0) return null;
  return within.find((bucket) => bucket.events >= share * events)?.seconds ?? null;
}

/** The lateness of a row of `figuresSql`. */
export function latenessOf(row: Row | undefined, accepted: number): Lateness {
  const within = LATENESS_BOUNDS.map((seconds) => ({ seconds, events: row ? numberIn(row, `within_${seconds}`) : 0 }));
  return {
    within,
    p50_seconds: percentile(within, accepted, 0.5),
    p95_seconds: percentile(within, accepted, 0.95),
  };
}

/** Everything that is known of one source and event on one day. */
export interface Parts {
  readonly figures: Row | undefined;
  readonly faults: readonly QualityFault[];
  /** Undefined where the deployment counts none. */
  readonly outside: readonly OutsideCount[] | undefined;
  readonly volume: Volume | null;
}

/**
 * The row of a source and event. Shares: of quarantine and refusals, of what came; of duplicates, of what was understood, repeats
 * included; all others, of accepted events.
 */
export function qualityRow(
  { day, source_id, event }: { day: string; source_id: string; event: string },
  { figures, faults, outside, volume }: Parts,
): QualityRow {
  const of = (name: string): number => (figures ? numberIn(figures, name) : 0);
  const accepted = of('accepted');
  const quarantined = sum(faults.map(({ entries }) => entries));
  const duplicates = outside && total(outside, 'duplicate');
  // Who is refused need not say what he meant to send.
  const refused = event === '' ? outside && total(outside, 'refused') : undefined;
  return {
    day,
    source_id,
    event,
    accepted,
    quarantined,
    quarantine_share: shareOf(quarantined, accepted + quarantined),
    faults: faults.toSorted((a, b) => b.entries - a.entries),
    duplicates: duplicates ?? null,
    duplicate_share: duplicates === undefined ? null : shareOf(duplicates, accepted + duplicates),
    refused: refused ?? null,
    refused_share: refused === undefined ? null : shareOf(refused, accepted + quarantined + refused),
    refused_by: refused === undefined ? [] : refusals(outside ?? []),
    unplanned: of('unplanned'),
    unplanned_share: shareOf(of('unplanned'), accepted),
    clock_skewed: of('skewed'),
    clock_skew_share: shareOf(of('skewed'), accepted),
    untimed: of('untimed'),
    lateness: latenessOf(figures, accepted),
    volume,
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const total = (counts: readonly OutsideCount[], kind: OutsideCount['kind']): number =>
  sum(counts.filter((each) => each.kind === kind).map(({ count }) => count));

function refusals(counts: readonly OutsideCount[]): { reason: string; count: number }[] {
  const by = new Map<string, number>();
  for (const { kind, reason, count } of counts) if (kind === 'refused') by.set(reason, (by.get(reason) ?? 0) + count);
  return [...by].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}
