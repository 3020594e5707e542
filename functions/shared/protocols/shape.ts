import { isObject, type JsonObject } from '../json.ts';
import { parseTime } from '../time.ts';

/** Longest texts that the tracking plan takes: addresses, and everything else. */
const MAX_ADDRESS_CHARS = 2000;
const MAX_TEXT_CHARS = 1000;

/** The object without what says nothing: undefined, null, empty texts, and objects that have nothing in them. */
export function compact(object: JsonObject): JsonObject {
  const said = Object.entries(object).filter(([, value]) => {
    if (isObject(value)) return Object.keys(value).length > 0;
    return value !== undefined && value !== null && value !== '';
  });
  return Object.fromEntries(said);
}

/** A text as it is; undefined for anything else and for an empty one. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const WRITE_KEY = /^[ps]k_[\w-]{20,}$/;

/** Whether a source's key stands where a client has the name of a project or an application: it goes no further with the events. */
export const isWriteKey = (value: unknown): boolean => typeof value === 'string' && WRITE_KEY.test(value);

const NUMERIC = /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,12})?$/;

/** A number, also one that is written as a text; anything else as it is, so that the tracking plan can refuse it by name. */
export const numeric = (value: unknown): unknown =>
  typeof value === 'string' && NUMERIC.test(value) ? Number(value) : value;

/** A finite number, also one that is written as a text. */
export function numberOf(value: unknown): number | undefined {
  const number = numeric(value);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** ISO 8601 of milliseconds since the epoch, which may be written as a text; undefined where it is none. */
export function isoTime(value: unknown): string | undefined {
  const ms = parseTime(numeric(value));
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** As `isoTime`; what is there and is no time stays as it is, so that cleaning refuses the event and says why. */
export const statedTime = (value: unknown): unknown =>
  value === undefined || value === null || value === '' ? undefined : (isoTime(value) ?? value);

/** A text or a number as a text; undefined for anything else: an object may bring a `toString` of its own. */
export const scalarText = (value: unknown): string | undefined =>
  typeof value === 'number' ? String(value) : textOf(value);

/** Zone of an offset in minutes west of Greenwich, as JavaScript counts: `-480` is `GMT+0800`. Only whole hours have a zone. */
export function offsetZone(value: unknown): string | undefined {
  const minutes = numberOf(value);
  if (minutes === undefined || minutes % 60 !== 0 || Math.abs(minutes) > 14 * 60) return undefined;
  const hours = String(Math.abs(minutes / 60)).padStart(2, '0');
  return `GMT${minutes > 0 ? '-' : '+'}${hours}00`;
}

/** What is known of a page; addresses are cut to what the tracking plan takes. */
export function pageOf(known: {
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  readonly search?: string | undefined;
  readonly title?: string | undefined;
  readonly referrer?: string | undefined;
}): JsonObject {
  const url = known.url === undefined ? null : URL.parse(known.url);
  return compact({
    url: known.url?.slice(0, MAX_ADDRESS_CHARS),
    path: (known.path ?? url?.pathname)?.slice(0, MAX_ADDRESS_CHARS),
    search: (known.search ?? url?.search)?.slice(0, MAX_ADDRESS_CHARS),
    title: known.title?.slice(0, MAX_TEXT_CHARS),
    referrer: known.referrer?.slice(0, MAX_ADDRESS_CHARS),
  });
}

const CAMPAIGN = { source: 'source', medium: 'medium', campaign: 'name', term: 'term', content: 'content', id: 'id' };

/** The `utm_` parameters of a page's query by Segment's names. */
export function campaignOf(search: unknown): JsonObject | undefined {
  if (typeof search !== 'string' || !search.includes('utm_')) return undefined;
  const query = new URLSearchParams(search.slice(0, MAX_ADDRESS_CHARS));
  const named = Object.entries(CAMPAIGN).map(([utm, name]) => [name, textOf(query.get(`utm_${utm}`))]);
  const campaign = compact(Object.fromEntries(named));
  return Object.keys(campaign).length > 0 ? campaign : undefined;
}
