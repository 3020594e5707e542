import { addDays, instantOf, wallClock } from '../zoned.ts';

/** A stretch of time that figures are counted over: a local day, or the last hours. Instants are epoch milliseconds. */
export interface Span {
  /** What its rows are called: a local day `YYYY-MM-DD`. */
  readonly label: string;
  /** Included. */
  readonly begin: number;
  /** Not included. */
  readonly end: number;
}

const HOUR_MS = 3_600_000;
const DAYS_PER_WEEK = 7;

/** The local days from one to another, both included. */
export function daySpans(from: string, to: string, zone: string): Span[] {
  const spans: Span[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    spans.push({ label: day, begin: instantOf(day, '00:00', zone), end: instantOf(addDays(day, 1), '00:00', zone) });
  }
  return spans;
}

/** The last complete hours before `now`; the label is the local day on which they end. */
export function lastHours(now: number, hours: number, zone: string): Span {
  const end = Math.floor(now / HOUR_MS) * HOUR_MS;
  return { label: wallClock(end, zone).date, begin: end - hours * HOUR_MS, end };
}

/** As much of a span as is over at the last full hour: what can be compared with other days. */
export function completeHours(span: Span, now: number): Span {
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  return { ...span, end: Math.max(span.begin, Math.min(span.end, hour)) };
}

/** The same wall-clock hours so many weeks before, whatever summer time did between. */
export function weeksBefore({ label, begin, end }: Span, weeks: number, zone: string): Span {
  const shifted = (ms: number): number => {
    const { date, time } = wallClock(ms, zone);
    return instantOf(addDays(date, -DAYS_PER_WEEK * weeks), time, zone);
  };
  return { label: addDays(label, -DAYS_PER_WEEK * weeks), begin: shifted(begin), end: shifted(end) };
}

/**
 * The stretches between the ends of some spans that lie in one of them: they do not overlap, and each span is a sum of them.
 * Their labels are numbers.
 */
export function piecesOf(spans: readonly Span[]): Span[] {
  const cuts = [...new Set(spans.flatMap(({ begin, end }) => [begin, end]))].sort((a, b) => a - b);
  return cuts.slice(1).flatMap((end, index) => {
    const begin = cuts[index] ?? end;
    const isInOne = spans.some((span) => span.begin <= begin && end <= span.end);
    return isInOne ? [{ label: String(index), begin, end }] : [];
  });
}
