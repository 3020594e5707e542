import { LATENESS_BOUNDS } from '../../../schemas/quality.ts';
import { addDays } from '../zoned.ts';
import type { Span } from './spans.ts';

/** A query with the values of its `?`. */
export interface Asked {
  readonly sql: string;
  readonly parameters: readonly string[];
}

/** What is counted: in which spans, of which source and event, and whether events are told apart. */
export interface Scope {
  /** Without overlaps, in any order. */
  readonly spans: readonly Span[];
  readonly source?: string | undefined;
  /** Several where fields are asked for; their names are given as `events` have them. */
  readonly events?: readonly string[] | undefined;
  readonly by: 'source' | 'event';
}

/** Rows of an answer; the rarest are cut off beyond, and the reader is told. */
export const MAX_ROWS = 5_000;

const timestamp = (ms: number): string => `TIMESTAMP '${new Date(ms).toISOString().slice(0, -1).replace('T', ' ')}'`;
const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Label of the span in which a time lies; NULL between them. Comparisons only: no engine need know the zone's summer time. */
const spanOf = (column: string, spans: readonly Span[]): string =>
  `CASE ${spans
    .map(
      ({ label, begin, end }) =>
        `WHEN ${column} >= ${timestamp(begin)} AND ${column} < ${timestamp(end)} THEN ${text(label)}`,
    )
    .join(' ')} END`;

/** On AWS a row lies in the partition of the day on which it landed: a stream that had to wait longer makes a day look emptier. */
const LANDS_WITHIN_MS = 6 * 3_600_000;

/** The partitions in which rows of the spans lie, as a condition: what is not named is not read, nor paid for. */
function partitionsOf(spans: readonly Span[]): string {
  const days = new Set<string>();
  for (const { begin, end } of spans) {
    const last = utcDay(end + LANDS_WITHIN_MS);
    for (let day = utcDay(begin); day <= last; day = addDays(day, 1)) days.add(day);
  }
  return `ingest_day IN (${[...days].sort().map(text).join(', ')})`;
}

/** Pages and screens are as many as a shop has goods: they count under their type, as the tracking plan names them. */
const EVENT = "CASE WHEN type = 'track' THEN name ELSE type END";
const QUARANTINED_EVENT =
  "CASE WHEN event_name IS NOT NULL THEN event_name WHEN route IN ('page', 'screen', 'identify', 'group', 'alias') THEN route ELSE '' END";

function conditions(scope: Scope, event: string): { where: string; parameters: string[] } {
  const { spans, source, events = [] } = scope;
  const where = [partitionsOf(spans)];
  const parameters: string[] = [];
  if (source !== undefined) {
    where.push('source_id = ?');
    parameters.push(source);
  }
  if (events.length > 0) {
    where.push(`${event} IN (${events.map(() => '?').join(', ')})`);
    parameters.push(...events);
  }
  return { where: where.join(' AND '), parameters };
}

const remark = (reason: string): string => `strpos(flags, '"${reason}"') > 0`;
const grouped = (by: Scope['by'], event: string): string => (by === 'event' ? event : "''");

/**
 * Each event once, however often it was delivered. The key has the time of arrival in it, so that what is counted for a day does
 * not depend on the other days that are asked for.
 */
const eventRows = (scope: Scope, more: string): { rows: string; parameters: string[] } => {
  const { where, parameters } = conditions(scope, EVENT);
  return {
    rows: `SELECT DISTINCT owner, source_id, event_id, received_at, ${spanOf('received_at', scope.spans)} AS day,
    ${grouped(scope.by, EVENT)} AS event${more} FROM events_rows WHERE ${where}`,
    parameters,
  };
};

/** Figures of accepted events: day, source_id, event, accepted, unplanned, skewed, untimed, and one count for each bound of lateness. */
export function figuresSql(scope: Scope): Asked {
  const { rows, parameters } = eventRows(
    scope,
    `, ${remark('unplanned_event')} AS unplanned,
    ${remark('clock_skewed')} OR ${remark('clock_ahead')} AS skewed, ${remark('time_missing')} AS untimed,
    date_diff('second', occurred_at, received_at) AS late_seconds`,
  );
  const within = LATENESS_BOUNDS.map((bound) => `count_if(late_seconds <= ${bound}) AS within_${bound}`).join(', ');
  return {
    sql: `SELECT day, source_id, event, count(*) AS accepted, count_if(unplanned) AS unplanned,
  count_if(skewed) AS skewed, count_if(untimed) AS untimed, ${within}
FROM (${rows})
WHERE day IS NOT NULL GROUP BY day, source_id, event
ORDER BY accepted DESC, day DESC, source_id, event LIMIT ${MAX_ROWS}`,
    parameters,
  };
}

/**
 * How many events there were: day, source_id, event, accepted. Where the days are `settled`, each row is there once, and no keys
 * need be read to tell: they are most of what this would cost.
 */
export function volumesSql(scope: Scope, { settled = false }: { readonly settled?: boolean } = {}): Asked {
  const { where, parameters } = conditions(scope, EVENT);
  const each = `SELECT ${spanOf('received_at', scope.spans)} AS day, source_id, ${grouped(scope.by, EVENT)} AS event
    FROM events_rows WHERE ${where}`;
  return {
    sql: `SELECT day, source_id, event, count(*) AS accepted FROM (${settled ? each : eventRows(scope, '').rows})
WHERE day IS NOT NULL GROUP BY day, source_id, event
ORDER BY accepted DESC, day DESC, source_id, event LIMIT ${MAX_ROWS}`,
    parameters,
  };
}

/**
 * What went into quarantine: day, source_id, event, reason, field, missing (a required field that is not there), entries. An
 * entry counts on each day on which it came, whether it was replayed since or not.
 */
export function quarantineSql(scope: Scope): Asked {
  const { where, parameters } = conditions(scope, QUARANTINED_EVENT);
  return {
    sql: `SELECT day, source_id, event, reason, field, missing, count(*) AS entries FROM (
  SELECT ${spanOf('first_seen', scope.spans)} AS day, quarantine_id, min(source_id) AS source_id,
    min(${grouped(scope.by, QUARANTINED_EVENT)}) AS event, min(reason) AS reason, min(field) AS field,
    bool_or(detail LIKE '%is required and missing.') AS missing
  FROM quarantine_rows WHERE ${where}
  GROUP BY ${spanOf('first_seen', scope.spans)}, quarantine_id
)
WHERE day IS NOT NULL GROUP BY day, source_id, event, reason, field, missing
ORDER BY entries DESC, day DESC, source_id, event, reason, field, missing LIMIT ${MAX_ROWS}`,
    parameters,
  };
}

/** JSON of values that say nothing. */
const EMPTY = `('null', '""', '[]', '{}')`;

/**
 * The fields that events carry: day, source_id, event, field, present, filled (neither null nor empty). Those of an identify are
 * its traits. One pass over the JSON, whatever the plan names.
 */
export function fieldsSql(scope: Scope): Asked {
  const { rows, parameters } = eventRows(
    { ...scope, by: 'event' },
    ", CASE WHEN type = 'identify' THEN traits ELSE properties END AS fields",
  );
  return {
    sql: `SELECT day, source_id, event, field, count(*) AS present,
  count_if(coalesce(json_format(held[field]), 'null') NOT IN ${EMPTY}) AS filled
FROM (SELECT day, source_id, event, CAST(json_parse(fields) AS map(varchar, json)) AS held FROM (${rows}) WHERE day IS NOT NULL)
CROSS JOIN UNNEST(map_keys(held)) AS k(field)
GROUP BY day, source_id, event, field
ORDER BY present DESC, day DESC, source_id, event, field LIMIT ${MAX_ROWS}`,
    parameters,
  };
}
