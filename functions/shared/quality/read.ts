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
  const [accepted, quarantined, counted, outside] = await Promise.all([
    ask(sources.sql, figuresSql(scope)),
    ask(sources.sql, quarantineSql(scope)),
    readCounts(sources, scope, calendar),
    sources.outside?.(spans),
  ]);
  const figures = new Map(accepted.map((row) => [keyOfRow(row), row]));
  const volumes = volumesOf(spans, { figures, counted, calendar });
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

/** After so many days a day is merged, and each row of it is there once. */
const SETTLED_MS = 4 * 86_400_000;

/** Counts by source and event, of pieces of time. */
interface Counts {
  readonly pieces: readonly Span[];
  /** By source and event, then by label of the piece. */
  readonly of: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const before = (span: Span, { weeks, zone }: Calendar): Span[] =>
  Array.from({ length: weeks }, (_, week) => weeksBefore(span, week + 1, zone));
const pairOf = (source: string, event: string): string => JSON.stringify([source, event]);
const isOver = ({ end }: Span, { now }: Calendar): boolean => end <= now;

/** The weeks before, and the complete hours of what is not over; what is over, its figures tell. */
async function readCounts({ sql }: QualitySources, scope: Scope, calendar: Calendar): Promise<Counts> {
  const current = scope.spans.map((span) => completeHours(span, calendar.now)).filter(({ begin, end }) => end > begin);
  const unfinished = scope.spans.filter((span) => !isOver(span, calendar)).map(({ label }) => label);
  // A day is its own, and a week before another, of which perhaps only the first hours are over: so time is cut at every end.
  const pieces =
    calendar.weeks === 0
      ? []
      : piecesOf([
          ...current.filter(({ label }) => unfinished.includes(label)),
          ...current.flatMap((span) => before(span, calendar)),
        ]);
  const answers = await Promise.all(
    [true, false].map(async (settled) => {
      const spans = pieces.filter(({ end }) => end < calendar.now - SETTLED_MS === settled);
      return spans.length === 0 ? [] : await ask(sql, volumesSql({ ...scope, spans }, { settled }));
    }),
  );
  const rows = Map.groupBy(answers.flat(), (row) => pairOf(textIn(row, 'source_id'), textIn(row, 'event')));
  const of = [...rows].map(
    ([pair, own]) => [pair, new Map(own.map((row) => [textIn(row, 'day'), numberIn(row, 'accepted')]))] as const,
  );
  return { pieces, of: new Map(of) };
}

/** The volume of every source and event in every span, also of those of which nothing came: silence is what it is for. */
function volumesOf(
  spans: readonly Span[],
  { figures, counted, calendar }: { figures: ReadonlyMap<string, Row>; counted: Counts; calendar: Calendar },
): Map<string, Volume> {
  const found = new Map<string, Volume>();
  for (const [pair, counts] of counted.of) {
    const [source, event] = JSON.parse(pair) as [string, string]; // as pairOf wrote it
    const countIn = ({ begin, end }: Span): number =>
      counted.pieces
        .filter((piece) => piece.begin >= begin && piece.end <= end)
        .reduce((sum, { label }) => sum + (counts.get(label) ?? 0), 0);
    for (const span of spans) {
      const key = keyOf(span.label, source, event);
      const hours = completeHours(span, calendar.now);
      const own = isOver(span, calendar) ? numberIn(figures.get(key) ?? {}, 'accepted') : countIn(hours);
      const volume = hours.end > hours.begin ? volumeOf(own, before(hours, calendar).map(countIn)) : null;
      if (volume) found.set(key, volume);
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
