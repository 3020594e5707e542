/** Pure formatting. Times come in as ISO 8601 or milliseconds and are shown in the reader's zone unless one is given. */

/** @typedef {import('./text.js').Language} Language */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** @param {Language} lang */
const locale = (lang) => (lang === 'zh' ? 'zh-CN' : 'en-GB');

/** @type {Map<string, Intl.NumberFormat | Intl.DateTimeFormat>} */
const formatters = new Map();

/**
 * Intl formatters are slow to make and the page shows thousands of values, so each is made once.
 * @template {Intl.NumberFormat | Intl.DateTimeFormat} F
 * @param {string} key
 * @param {() => F} make
 * @returns {F}
 */
function cached(key, make) {
  const known = formatters.get(key);
  if (known) return /** @type {F} the key names the kind */ (known);
  const made = make();
  formatters.set(key, made);
  return made;
}

/**
 * A count: in full up to 99,999, then compact (`1.24M`, `124万`).
 * @param {number} count
 * @param {Language} lang
 */
export function formatCount(count, lang) {
  if (count < 100_000) return cached(`n:${lang}`, () => new Intl.NumberFormat(locale(lang))).format(count);
  return cached(
    `c:${lang}`,
    // British English writes a million as `m`, which reads as metres or milli.
    () =>
      new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : 'en-US', { notation: 'compact', maximumSignificantDigits: 4 }),
  ).format(count);
}

/**
 * A probability as whole percent; what is not certain is never shown as 100.
 * @param {number} probability 0 to 1
 */
export const formatPercent = (probability) =>
  `${probability < 1 ? Math.min(99, Math.round(probability * 100)) : 100} %`;

/**
 * A part of a whole as percent, with one decimal while it is small: 0.4 % is not 0 %.
 * @param {number} share 0 and more
 */
export const formatShare = (share) =>
  share > 0 && share < 0.1 ? `${Math.max(0.1, Math.round(share * 1000) / 10)} %` : `${Math.round(share * 100)} %`;

/**
 * Events per second: one decimal while it is small, none when it is large.
 * @param {number} rate
 * @param {Language} lang
 */
export const formatRate = (rate, lang) =>
  rate < 10 ? String(Math.round(rate * 10) / 10) : formatCount(Math.round(rate), lang);

/**
 * Weekday, date and time to the second.
 * @param {number} ms
 * @param {Language} lang
 * @param {string} [timeZone]
 */
export const formatClock = (ms, lang, timeZone) =>
  cached(
    `k:${lang}:${timeZone}`,
    () =>
      new Intl.DateTimeFormat(locale(lang), {
        weekday: 'short',
        year: 'numeric',
        month: 'short',
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
        timeZone,
      }),
  ).format(ms);

/**
 * The time of day of something near `nowMs`, with the date once it is another day.
 * @param {string} iso
 * @param {number} nowMs
 * @param {{lang: Language, timeZone?: string}} options
 */
export function formatMoment(iso, nowMs, { lang, timeZone }) {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  const day = cached(`d:${timeZone}`, () => new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }));
  const sameDay = day.format(ms) === day.format(nowMs);
  const clock = cached(
    `t:${lang}:${timeZone}:${sameDay}`,
    () =>
      new Intl.DateTimeFormat(locale(lang), {
        ...(sameDay ? { second: '2-digit' } : { month: 'short', day: 'numeric' }),
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZone,
      }),
  );
  return clock.format(ms).replace(', ', ' ');
}

/**
 * A date without time.
 * @param {string} iso
 * @param {Language} lang
 */
export function formatDate(iso, lang) {
  const ms = Date.parse(iso);
  if (Number.isNaN(ms)) return iso;
  return cached(`D:${lang}`, () => new Intl.DateTimeFormat(locale(lang), { dateStyle: 'medium' })).format(ms);
}

/**
 * A span in its two largest units, e.g. `3 d 2 h`. Under a minute it is empty: that is network delay, not an offset.
 * @param {number} ms sign is ignored
 * @param {Language} lang
 */
export function formatSpan(ms, lang) {
  const span = Math.abs(ms);
  const units = lang === 'zh' ? ['天', '小时', '分钟'] : ['d', 'h', 'min'];
  const counts = [
    Math.floor(span / DAY_MS),
    Math.floor((span % DAY_MS) / HOUR_MS),
    Math.floor((span % HOUR_MS) / MINUTE_MS),
  ];
  return counts
    .map((count, i) => (count > 0 ? `${count} ${units[i]}` : ''))
    .filter(Boolean)
    .slice(0, 2)
    .join(' ');
}

/**
 * 10:00 of the day after `nowMs` in the reader's zone, where day-four campaigns are due.
 * @param {number} nowMs
 * @returns {string} ISO 8601
 */
export function tenTomorrow(nowMs) {
  const date = new Date(nowMs);
  date.setDate(date.getDate() + 1);
  date.setHours(10, 0, 0, 0);
  return date.toISOString();
}

/**
 * Events per second between two counts, smoothed so that the figure does not flicker. A count that went down is a reset.
 * @param {{count: number, atMs: number, rate: number} | undefined} previous
 * @param {number} count
 * @param {number} atMs a monotonic clock
 */
export function nextRate(previous, count, atMs) {
  if (!previous || count < previous.count) return { count, atMs, rate: 0 };
  const seconds = (atMs - previous.atMs) / 1000;
  if (seconds < 0.2) return previous;
  const instant = (count - previous.count) / seconds;
  const rate = previous.rate === 0 ? instant : previous.rate * 0.5 + instant * 0.5;
  return { count, atMs, rate: rate < 0.05 ? 0 : rate };
}

/**
 * The head of a long id; the whole is in the title and in the drawer.
 * @param {string} id
 * @param {number} [keep] characters
 */
export const shortId = (id, keep = 12) => (id.length > keep + 1 ? `${id.slice(0, keep)}…` : id);

/**
 * Any JSON value as one short line of text.
 * @param {unknown} value
 */
export function showValue(value) {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}
