import type { CleanEvent } from '../../../schemas/event.ts';
import { valuesAt } from './path.ts';

/** Registers of numbers, by what they hold in which buckets. */
export type NumberKind =
  /** Events in all; per local day, optionally by group; per hour of the local day. */
  | 'count'
  | 'days'
  | 'hours'
  /** Local days with an event, optionally by group: a set, so that a repeated event changes nothing however late it comes. */
  | 'dates'
  /** Sum in minor units: in all, per local day. */
  | 'total'
  | 'sum'
  /** Extremes of a number: in all, per local day. */
  | 'min'
  | 'max'
  | 'day_min'
  | 'day_max';
/** First or latest event, optionally by group. */
export type EntryKind = 'first' | 'last';
/** Values of a property: which, how many different ones, how often each. */
export type ValueKind = 'set' | 'distinct' | 'top';

/**
 * Registers are what tags and campaigns remember of the past. Each is a map that grows by union, sum, minimum or maximum,
 * so that late, shuffled and merged histories give the same state.
 */
export interface RegisterSpec {
  /** Equal specs share one register. */
  readonly key: string;
  readonly kind: NumberKind | EntryKind | ValueKind;
  readonly event: string;
  readonly channel: string | undefined;
  /** Property path that splits the register into groups or names its values, e.g. `product_id` or `products[].product_id`. */
  readonly by: string | undefined;
  /** Property path of the number or value that is kept; an event without such a number is not counted. */
  readonly property: string | undefined;
  /** The number is money: it is kept in minor units of this currency. */
  readonly currency: string | undefined;
}

/** Bucket → number. A bucket is `YYYY-MM-DD`, `YYYY-MM-DD|group`, an hour `00`–`23`, or empty for all time. */
export interface NumberState {
  kind: NumberKind;
  days: Record<string, number>;
}

/** First or latest matching event of a group. */
export interface Entry {
  readonly at: string;
  readonly id: string;
  readonly date: string;
  readonly value: string | number | boolean | null;
}

/** Group (or empty) → entry. */
export interface EntryState {
  kind: EntryKind;
  groups: Record<string, Entry>;
}

/** Value (`distinct`: its hash) → number of events, or 1 where only its presence counts. */
export interface ValueState {
  kind: ValueKind;
  values: Record<string, number>;
  /** There were more values than the bound: those with the smallest hashes are kept. */
  truncated?: true;
}

export type RegisterState = NumberState | EntryState | ValueState;

const MAX_GROUP_CHARS = 128;
const ONE_GROUP: readonly string[] = [''];

const escaped = (part: string): string => part.replace(/[\\|]/g, '\\$&');

/** Builds a spec with its canonical key: different specs have different keys, whatever their names contain. */
export function registerSpec(
  kind: RegisterSpec['kind'],
  event: string,
  options: { channel?: string; by?: string; property?: string; currency?: string } = {},
): RegisterSpec {
  const { channel, by, property, currency } = options;
  const parts = [kind, event, channel ?? '', by ?? '', property ?? '', currency ?? ''];
  while (parts.at(-1) === '') parts.pop();
  return { key: parts.map(escaped).join('|'), kind, event, channel, by, property, currency };
}

/** The name that definitions call an event by: page and screen views go by their type. */
export const labelOf = (event: CleanEvent): string => (event.type === 'track' ? event.name : event.type);

/** Does the event concern this register? */
export const matches = (filter: { event: string; channel?: string | undefined }, event: CleanEvent): boolean =>
  filter.event === labelOf(event) && (filter.channel === undefined || filter.channel === event.channel);

/** The groups of an event: each of its different values at `by` once; one empty group where nothing splits the register. */
export function groupsOf(spec: RegisterSpec, event: CleanEvent): readonly string[] {
  if (spec.by === undefined) return ONE_GROUP;
  const groups: string[] = [];
  for (const value of valuesAt(event.properties, spec.by)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const text = String(value);
    if (text.length > 0 && text.length <= MAX_GROUP_CHARS) groups.push(text);
  }
  return groups.length < 2 ? groups : [...new Set(groups)];
}
