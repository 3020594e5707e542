import type { CleanEvent } from '../../../schemas/event.ts';
import { addOwn, own, setOwn } from '../own.ts';
import { keepGreatestKeys, keepLatest } from './bounds.ts';
import { toMinorUnits } from './money.ts';
import { valuesAt } from './path.ts';

/**
 * Registers are what tags and campaigns remember of the past. Each is a map that grows by union, sum or maximum, so
 * that late, shuffled and merged histories give the same state.
 */
export interface RegisterSpec {
  /** Equal specs share one register. */
  readonly key: string;
  readonly kind: 'days' | 'sum' | 'last';
  readonly event: string;
  readonly channel: string | undefined;
  /** Property path that splits the register into groups, e.g. `product_id` or `products[].product_id`. */
  readonly by: string | undefined;
  readonly property: string | undefined;
  readonly currency: string | undefined;
}

/** Latest matching event of a group. */
export interface LastEntry {
  readonly at: string;
  readonly id: string;
  readonly date: string;
  readonly value: string | number | boolean | null;
}

export type RegisterState =
  /** `YYYY-MM-DD` or `YYYY-MM-DD|group` → number of events. */
  | { kind: 'days'; days: Record<string, number> }
  /** `YYYY-MM-DD` → minor units. */
  | { kind: 'sum'; days: Record<string, number> }
  /** group (or empty) → latest event. */
  | { kind: 'last'; groups: Record<string, LastEntry> };

const MAX_GROUP_CHARS = 128;
/** Most days or (day, group) pairs a counting register keeps. */
const MAX_DAY_ENTRIES = 1000;
const MAX_LAST_GROUPS = 200;

/** Builds a spec with its canonical key. */
export function registerSpec(
  kind: RegisterSpec['kind'],
  event: string,
  options: { channel?: string; by?: string; property?: string; currency?: string } = {},
): RegisterSpec {
  const { channel, by, property, currency } = options;
  const key = [kind, event, channel ?? '', by ?? '', property ?? '', currency ?? ''].join('|').replace(/\|+$/, '');
  return { key, kind, event, channel, by, property, currency };
}

/** Does the event concern this register? Page and screen views match by their type name `page` or `screen`. */
export const matches = (filter: { event: string; channel?: string }, event: CleanEvent): boolean =>
  filter.event === (event.type === 'track' ? event.name : event.type) &&
  (filter.channel === undefined || filter.channel === event.channel);

const groupsOf = (spec: RegisterSpec, event: CleanEvent): string[] => {
  if (spec.by === undefined) return [''];
  const groups = valuesAt(event.properties, spec.by)
    .filter((value) => typeof value === 'string' || typeof value === 'number')
    .map((value) => String(value))
    .filter((text) => text.length > 0 && text.length <= MAX_GROUP_CHARS);
  return [...new Set(groups)];
};

const scalar = (value: unknown): LastEntry['value'] =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;

const tieOf = ({ id, date, value }: LastEntry): string => JSON.stringify([id, date, value]);

/** Later of two entries; a tie goes by what is in them, so the result does not depend on order. */
const later = (a: LastEntry | undefined, b: LastEntry): LastEntry =>
  a && (a.at > b.at || (a.at === b.at && tieOf(a) >= tieOf(b))) ? a : b;

/** Adds one event in place; returns the state to store, bounded, or undefined when the event does not concern the register. */
export function foldRegister(
  spec: RegisterSpec,
  state: RegisterState | undefined,
  event: CleanEvent,
): RegisterState | undefined {
  if (!matches(spec, event)) return undefined;
  if (spec.kind === 'last') {
    const groups = state?.kind === 'last' ? state.groups : {};
    const value = spec.property === undefined ? null : scalar(valuesAt(event.properties, spec.property)[0]);
    const entry: LastEntry = { at: event.occurred_at, id: event.event_id, date: event.local_date, value };
    for (const group of groupsOf(spec, event)) setOwn(groups, group, later(own(groups, group), entry));
    if (spec.by !== undefined) keepLatest(groups, MAX_LAST_GROUPS);
    return { kind: 'last', groups };
  }
  const days = state && state.kind !== 'last' ? state.days : {};
  if (spec.kind === 'sum') {
    const minor = toMinorUnits(
      valuesAt(event.properties, spec.property ?? '')[0],
      spec.currency ?? '',
      event.properties,
    );
    if (minor === undefined) return undefined;
    if (addOwn(days, event.local_date, minor)) keepGreatestKeys(days, MAX_DAY_ENTRIES);
    return { kind: 'sum', days };
  }
  for (const group of groupsOf(spec, event)) {
    const key = group === '' ? event.local_date : `${event.local_date}|${group}`;
    if (addOwn(days, key, 1)) keepGreatestKeys(days, MAX_DAY_ENTRIES);
  }
  return { kind: 'days', days };
}

/** The sum of two states of one register, bounded. Inputs are not changed. */
export function mergeRegister(a: RegisterState | undefined, b: RegisterState): RegisterState {
  if (b.kind === 'last') {
    const groups: Record<string, LastEntry> = a?.kind === 'last' ? { ...a.groups } : {};
    for (const [group, entry] of Object.entries(b.groups)) setOwn(groups, group, later(own(groups, group), entry));
    keepLatest(groups, MAX_LAST_GROUPS);
    return { kind: 'last', groups };
  }
  const days: Record<string, number> = a && a.kind !== 'last' ? { ...a.days } : {};
  for (const [day, n] of Object.entries(b.days)) addOwn(days, day, n);
  keepGreatestKeys(days, MAX_DAY_ENTRIES);
  return { kind: b.kind, days };
}
