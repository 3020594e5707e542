import type { Finding } from '../../schemas/reasons.ts';
import type { JsonObject } from '../shared/json.ts';
import { kindOf, pointer } from '../shared/json.ts';
import { knownZone, localDate, parseTime } from '../shared/time.ts';
import type { Step } from './draft.ts';

/**
 * Clocks that differ by less than this are taken to agree. A retry carries a new sent time and arrives with another
 * delay; were small differences corrected, each retry of an event would have happened at another time.
 */
export const SKEW_TOLERANCE_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const MAX_LATENESS_DAYS = 7;

export interface EventTime {
  readonly occurredMs: number;
  readonly flags: readonly string[];
}

/** When the event happened, and on which local date. */
export const timeEvent: Step = (draft, { head, receivedMs, deps }) => {
  const time = eventTime(draft.item, receivedMs);
  if ('reason' in time) return time;
  draft.occurredMs = time.occurredMs;
  draft.flags.push(...time.flags);
  if (receivedMs - time.occurredMs > (deps.maxLatenessDays ?? MAX_LATENESS_DAYS) * DAY_MS) draft.flags.push('late');
  const named = knownZone(draft.context.timezone);
  draft.timeZoneKnown = named !== undefined;
  draft.timeZone = named ?? knownZone(head.source.time_zone) ?? 'UTC';
  draft.localDate = localDate(time.occurredMs, draft.timeZone);
  return undefined;
};

/**
 * The event's time by the sender's clock, corrected by how far that clock is off: received − (sent − original). An
 * event with both `timestamp` and `originalTimestamp` (RudderStack) states its time explicitly, and keeps it. A time in
 * the future becomes that of arrival.
 */
export function eventTime(item: JsonObject, receivedMs: number): EventTime | Finding {
  const times = readTimes(item);
  if ('reason' in times) return times;
  const { timestamp, originalTimestamp, sentAt } = times;
  const stated = timestamp ?? originalTimestamp;
  if (stated === undefined) return { occurredMs: receivedMs, flags: ['time_missing'] };
  const explicit = timestamp !== undefined && originalTimestamp !== undefined;
  const skewMs = sentAt === undefined || explicit ? 0 : receivedMs - sentAt;
  const skewed = Math.abs(skewMs) > SKEW_TOLERANCE_MS;
  const occurredMs = skewed ? stated + skewMs : stated;
  const flags = skewed ? ['clock_skewed'] : [];
  if (occurredMs <= receivedMs + SKEW_TOLERANCE_MS) return { occurredMs: Math.max(occurredMs, 0), flags };
  return { occurredMs: receivedMs, flags: [...flags, 'clock_ahead'] };
}

type Times = { [K in (typeof TIME_FIELDS)[number]]?: number };

const TIME_FIELDS = ['timestamp', 'originalTimestamp', 'sentAt'] as const;

function readTimes(item: JsonObject): Times | Finding {
  const times: Times = {};
  for (const field of TIME_FIELDS) {
    const value = item[field];
    if (value === undefined || value === null || value === '') continue;
    const ms = parseTime(value);
    if (ms === undefined) return invalidTime(field, value);
    times[field] = ms;
  }
  return times;
}

function invalidTime(field: string, value: unknown): Finding {
  const got = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : kindOf(value);
  return {
    reason: 'invalid_time',
    field: pointer(field),
    detail: `${field} must be an ISO 8601 time with a zone, such as 2026-03-01T10:00:00.000Z, got ${got}.`,
  };
}
