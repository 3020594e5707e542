import type { FieldRow, QualityFault, QualityRow, Volume } from '../../../schemas/quality-report.ts';
import type { TrackingPlan } from '../../../schemas/tracking-plan.ts';
import { own } from '../own.ts';
import type { SqlEngine } from '../seams.ts';
import { keyOf, numberIn, type OutsideCount, qualityRow, type Row, rowsOf, shareOf, textIn } from './figures.ts';
import { completeHours, piecesOf, type Span, weeksBefore } from './spans.ts';
import { type Asked, fieldsSql, figuresSql, MAX_ROWS, quarantineSql, type Scope, volumesSql } from './sql.ts';
import { volumeOf } from './volume.ts';

/** What figures are read from. */
export interface QualitySources {
  readonly sql: SqlEngine;
  readonly plan: TrackingPlan;
  /** Counts of what never reaches the lake, labelled by span; where the deployment has them by source. */
  outside?(spans: readonly Span[]): Promise<readonly OutsideCount[]>;
}

/** By whose clock, and how many weeks back. */
export interface Calendar {
  readonly now: number;
  readonly zone: string;
  readonly weeks: number;
}

/** Figures, and whether what is rarest was left out. */
export interface Figures {
  readonly rows: readonly QualityRow[];
  readonly truncated: boolean;
}

/** A row of `quarantineSql`. */
const faultOf = (row: Row): QualityFault => ({
  reason: textIn(row, 'reason'),
  field: textIn(row, 'field'),
  missing: row.missing === true,
  entries: numberIn(row, 'entries'),
});

const ask = async (sql: SqlEngine, { sql: text, parameters }: Asked): Promise<Row[]> =>
  rowsOf(await sql.query(text, parameters));
const keyOfRow = (row: Row): string => keyOf(textIn(row, 'day'), textIn(row, 'source_id'), textIn(row, 'event'));

/** Figures by span, source and, if asked for, event: newest first, then the most. */
export async function readFigures(sources: QualitySources, scope: Scope, calendar: Calendar): Promise<Figures> {
  const { spans, source, events, by } = scope;
  const [accepted, quarantined, volumes, outside] = await Promise.all([
    ask(sources.sql, figuresSql(scope)),
    ask(sources.sql, quarantineSql(scope)),
    readVolumes(sources, scope, calendar),
    sources.outside?.(spans),
  ]);
  const figures = new Map(accepted.map((row) => [keyOfRow(row), row]));
  const faults = Map.groupBy(quarantined, keyOfRow);
  const isAsked = (count: OutsideCount): boolean =>
    (source === undefined || count.source_id === source) && (events === undefined || events.includes(count.event));
  const counts = outside?.filter(isAsked).map((count) => (by === 'event' ? count : { ...count, event: '' }));
  const ofKey = counts && Map.groupBy(counts, (count) => keyOf(count.day, count.source_id, count.event));
  const keys = new Set([...figures.keys(), ...faults.keys(), ...(ofKey?.keys() ?? []), ...volumes.keys()]);
  const rows = [...keys].map((key) => {
    const [day, source_id, event] = JSON.parse(key) as [string, string, string]; // as keyOf wrote it
    return qualityRow(
      { day, source_id, event },
      {
        figures: figures.get(key),
        faults: (faults.get(key) ?? []).map(faultOf),
        outside: ofKey && (ofKey.get(key) ?? []),
        volume: volumes.get(key) ?? null,
      },
    );
  });
  return {
    rows: rows.sort((a, b) => (a.day === b.day ? b.accepted - a.accepted : a.day < b.day ? 1 : -1)),
    truncated: accepted.length >= MAX_ROWS || quarantined.length >= MAX_ROWS,
  };
}

/** The volume of every key of the spans, also of those of which nothing came: silence is what it is for. */
async function readVolumes(
  { sql }: QualitySources,
  scope: Scope,
  { now, zone, weeks }: Calendar,
): Promise<Map<string, Volume>> {
  const current = scope.spans.map((span) => completeHours(span, now)).filter(({ begin, end }) => end > begin);
  const before = (span: Span): Span[] => Array.from({ length: weeks }, (_, week) => weeksBefore(span, week + 1, zone));
  // A day is its own, and a week before another, of which perhaps only the first hours are over: so time is cut at every end.
  const pieces = piecesOf(current.flatMap((span) => [span, ...before(span)]));
  if (pieces.length === 0) return new Map();
  const rows = await ask(sql, volumesSql({ ...scope, spans: pieces }));
  const found = new Map<string, Volume>();
  const pairs = Map.groupBy(rows, (row) => JSON.stringify([textIn(row, 'source_id'), textIn(row, 'event')]));
  for (const [pair, own] of pairs) {
    const [source, event] = JSON.parse(pair) as [string, string]; // as it was written just now
    const counts = new Map(own.map((row) => [textIn(row, 'day'), numberIn(row, 'accepted')]));
    const countIn = ({ begin, end }: Span): number =>
      pieces
        .filter((piece) => piece.begin >= begin && piece.end <= end)
        .reduce((sum, { label }) => sum + (counts.get(label) ?? 0), 0);
    for (const span of current) {
      const volume = volumeOf(countIn(span), before(span).map(countIn));
      if (volume) found.set(keyOf(span.label, source, event), volume);
    }
  }
  return found;
}

/** Figures of the fields of some events: what the plan names, and what came besides. */
export async function readFields(
  { sql, plan }: QualitySources,
  scope: Scope,
  figures: readonly QualityRow[],
): Promise<{ rows: FieldRow[]; truncated: boolean }> {
  const answers = await ask(sql, fieldsSql(scope));
  const byKey = Map.groupBy(answers, keyOfRow);
  const rows = figures.flatMap((figure) => {
    if (figure.accepted + figure.quarantined === 0) return [];
    const present = byKey.get(keyOf(figure.day, figure.source_id, figure.event)) ?? [];
    const filled = new Map(present.map((row) => [textIn(row, 'field'), numberIn(row, 'filled')]));
    const planned = own(plan.events, figure.event);
    const names = new Set([...Object.keys(planned?.properties ?? {}), ...filled.keys()]);
    return [...names].map((field) =>
      fieldRow(figure, { field, planned: Object.hasOwn(planned?.properties ?? {}, field), filled: filled.get(field) }),
    );
  });
  return { rows, truncated: answers.length >= MAX_ROWS };
}

/** Longest name of a field that is shown: names are the sender's. */
const MAX_FIELD_CHARS = 100;

function fieldRow(
  { day, source_id, event, accepted, faults }: QualityRow,
  { field, planned, filled = 0 }: { field: string; planned: boolean; filled: number | undefined },
): FieldRow {
  const part = event === 'identify' ? 'traits' : 'properties';
  const name = `/${part}/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const count = (isMissing: boolean): number =>
    faults
      .filter((fault) => fault.missing === isMissing && (fault.field === name || fault.field.startsWith(`${name}/`)))
      .reduce((sum, { entries }) => sum + entries, 0);
  const events = accepted + count(true);
  return {
    day,
    source_id,
    event,
    field: field.slice(0, MAX_FIELD_CHARS),
    planned,
    events,
    empty: events - filled,
    null_share: shareOf(events - filled, events),
    type_failures: count(false),
  };
}
