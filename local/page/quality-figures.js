/** @typedef {import('./api-types.ts').QualityRow} QualityRow */

/**
 * A source over all days: sums, and the bound that 19 of 20 events kept (null: more than a week; undefined: no events).
 * @typedef {object} SourceFigures
 * @property {string} source
 * @property {number} accepted
 * @property {number} quarantined
 * @property {number} duplicates
 * @property {number} refused
 * @property {number | null | undefined} late seconds
 * @property {QualityRow[]} days oldest first
 */

const PERCENTILE = 0.95;

/**
 * Rows of the API by source, the one with the most events first.
 * @param {readonly QualityRow[]} rows
 * @returns {SourceFigures[]}
 */
export function bySource(rows) {
  /** @type {Map<string, QualityRow[]>} */
  const sources = new Map();
  for (const row of rows) sources.set(row.source_id, [...(sources.get(row.source_id) ?? []), row]);
  return [...sources].map(([source, days]) => summary(source, days)).sort((a, b) => total(b) - total(a));
}

/** @param {SourceFigures} figures */
const total = ({ accepted, quarantined }) => accepted + quarantined;

/** @param {string} source @param {QualityRow[]} rows @returns {SourceFigures} */
function summary(source, rows) {
  const sum = (/** @type {(row: QualityRow) => number} */ of) => rows.reduce((all, row) => all + of(row), 0);
  const accepted = sum((row) => row.accepted);
  const bounds = rows[0]?.lateness.within.map(({ seconds }) => seconds) ?? [];
  const kept = bounds.find((_, at) => sum((row) => row.lateness.within[at]?.events ?? 0) >= PERCENTILE * accepted);
  return {
    source,
    accepted,
    quarantined: sum((row) => row.quarantined),
    duplicates: sum((row) => row.duplicates ?? 0),
    refused: sum((row) => row.refused ?? 0),
    late: accepted === 0 ? undefined : (kept ?? null),
    days: [...rows].sort((a, b) => (a.day < b.day ? -1 : 1)),
  };
}

/**
 * Heights of the picture, 0 to 1 of the highest of what came and what was expected.
 * @param {readonly QualityRow[]} days
 * @param {readonly string[]} labels every day of the range
 */
export function barsOf(days, labels) {
  const byDay = new Map(days.map((row) => [row.day, row]));
  const bars = labels.map((day) => {
    const row = byDay.get(day);
    return { day, count: row?.accepted ?? 0, expected: row?.volume?.expected };
  });
  const most = Math.max(1, ...bars.flatMap(({ count, expected }) => [count, expected ?? 0]));
  return bars.map((bar) => ({
    ...bar,
    height: bar.count / most,
    mark: bar.expected === undefined ? undefined : bar.expected / most,
  }));
}

/**
 * The days from one to another, both included.
 * @param {string} from
 * @param {string} to
 */
export function daysBetween(from, to) {
  const days = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000)
    days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}
