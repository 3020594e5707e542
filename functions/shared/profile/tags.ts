import type { Measure, TagDefinition } from '../../../schemas/definition.ts';
import type { TagValue } from '../../../schemas/profile.ts';
import type { Definitions } from '../definitions.ts';
import { own } from '../own.ts';
import { localDate } from '../time.ts';
import { addDays } from '../zoned.ts';
import { type Aggregate, zoneOf } from './aggregate.ts';
import type { Entry, RegisterState } from './register-spec.ts';
import { distinctCount, hasValue } from './register-values.ts';
import { runsOf } from './streak.ts';
import { tagRegisters } from './tag-registers.ts';

type Numbers = Readonly<Record<string, number>>;
type State = RegisterState | undefined;

const NONE: Numbers = {};
const numbersOf = (state: State): Numbers => (state && 'days' in state ? state.days : NONE);
const valuesOf = (state: State) => (state && 'values' in state ? state : undefined);
const entryOf = (state: State): Entry | undefined => (state && 'groups' in state ? own(state.groups, '') : undefined);

/** The buckets within the window; for all time, the one bucket there is. */
const within = (numbers: Numbers, since: string): [string, number][] =>
  Object.entries(numbers).filter(([bucket]) => bucket >= since);

const sumSince = (state: State, since: string): number =>
  within(numbersOf(state), since).reduce((sum, [, n]) => sum + n, 0);

/** Group → events within the window, from `date|group` buckets. */
function groupsSince(state: State, since: string): Record<string, number> {
  const groups = new Map<string, number>();
  for (const [bucket, n] of within(numbersOf(state), since)) {
    const group = bucket.slice(11);
    groups.set(group, (groups.get(group) ?? 0) + n);
  }
  return Object.fromEntries(groups);
}

/** The key with the greatest number, the first of several by code unit; null without any. */
function mode(numbers: Numbers): string | null {
  let best: [string, number] | undefined;
  for (const [key, n] of Object.entries(numbers)) {
    if (!best || n > best[1] || (n === best[1] && key < best[0])) best = [key, n];
  }
  return best?.[0] ?? null;
}

function extreme(state: State, since: string, of: (...numbers: number[]) => number): number | null {
  const numbers = within(numbersOf(state), since).map(([, n]) => n);
  return numbers.length === 0 ? null : of(...numbers);
}

/** Rounded half away from zero, as money is. */
function average(sum: number, count: number): number | null {
  if (count === 0) return null;
  const size = Math.round(Math.abs(sum) / count);
  return sum < 0 ? 0 - size : size;
}

function streakOf(state: State, today: string): number {
  const alive = runsOf(numbersOf(state)).filter((run) => run.to >= addDays(today, -1));
  return alive.reduce((longest, run) => Math.max(longest, run.days), 0);
}

/** Measures over the values of a property: from the days of a window, else from the register of all time. */
function ofValues(measure: Measure & { kind: 'distinct' | 'has' | 'top' }, state: State, since: string): TagValue {
  const values = valuesOf(state);
  const groups = values ? values.values : groupsSince(state, since);
  switch (measure.kind) {
    case 'distinct':
      return values ? distinctCount(values) : Object.keys(groups).length;
    case 'has':
      return values ? (hasValue(values, measure.value) ?? null) : own(groups, measure.value) !== undefined;
    case 'top':
      return mode(groups);
  }
}

function ofEntry(measure: Measure & { kind: 'first' | 'last' }, entry: Entry | undefined): TagValue {
  if (!entry) return null;
  return measure.property === undefined ? entry.at : entry.value;
}

/** One tag of a person, as of `now` (epoch ms). Windows are counted in the person's own calendar days. */
export function evaluateTag(tag: TagDefinition, aggregate: Aggregate, now: number): TagValue {
  const { measure } = tag;
  const [first, second] = tagRegisters(tag);
  const state = own(aggregate.registers, first.key);
  const today = localDate(now, zoneOf(aggregate));
  const since = 'window_days' in measure && measure.window_days ? addDays(today, 1 - measure.window_days) : '';
  switch (measure.kind) {
    case 'streak_days':
      return streakOf(state, today);
    case 'count':
    case 'sum':
      return sumSince(state, since);
    case 'average':
      return average(sumSince(state, since), sumSince(own(aggregate.registers, second?.key ?? ''), since));
    case 'min':
      return extreme(state, since, Math.min);
    case 'max':
      return extreme(state, since, Math.max);
    case 'distinct_days':
      return within(numbersOf(state), since).length;
    case 'first':
    case 'last':
      return ofEntry(measure, entryOf(state));
    case 'absent': {
      const entry = entryOf(state);
      return entry === undefined || entry.date < since;
    }
    case 'hour': {
      const hour = mode(numbersOf(state));
      return hour === null ? null : Number(hour);
    }
    case 'distinct':
    case 'has':
    case 'top':
      return ofValues(measure, state, since);
  }
}

/** All tags of a person, sorted by id. */
export function evaluateTags(definitions: Definitions, aggregate: Aggregate, now: number): Record<string, TagValue> {
  const entries = definitions.tags.map((tag) => [tag.id, evaluateTag(tag, aggregate, now)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
