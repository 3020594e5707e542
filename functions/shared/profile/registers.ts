import type { CleanEvent } from '../../../schemas/event.ts';
import { own, setOwn } from '../own.ts';
import { type Bounds, keepEarliest, keepLatest } from './bounds.ts';
import { valuesAt } from './path.ts';
import { foldNumbers, isNumberKind, mergeNumbers } from './register-numbers.ts';
import {
  type Entry,
  type EntryState,
  groupsOf,
  matches,
  type RegisterSpec,
  type RegisterState,
} from './register-spec.ts';
import { foldValues, mergeValues } from './register-values.ts';

export { matches } from './register-spec.ts';

const scalar = (value: unknown): Entry['value'] =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;

const tieOf = ({ id, date, value }: Entry): string => JSON.stringify([id, date, value]);

/** A total order of entries by time; a tie goes by what is in them, so the result does not depend on order. */
const isLater = (a: Entry, b: Entry): boolean => a.at > b.at || (a.at === b.at && tieOf(a) > tieOf(b));

function putEntry(state: EntryState, group: string, entry: Entry): boolean {
  const known = own(state.groups, group);
  const holds = known === undefined || (state.kind === 'last' ? isLater(entry, known) : isLater(known, entry));
  if (holds) setOwn(state.groups, group, entry);
  return known === undefined;
}

function cutEntries({ kind, groups }: EntryState, bounds: Bounds): void {
  if (kind === 'last') keepLatest(groups, bounds.groups);
  else keepEarliest(groups, bounds.groups);
}

function foldEntries(state: EntryState, event: CleanEvent, { spec, bounds }: { spec: RegisterSpec; bounds: Bounds }) {
  const value = spec.property === undefined ? null : scalar(valuesAt(event.properties, spec.property)[0]);
  const entry: Entry = { at: event.occurred_at, id: event.event_id, date: event.local_date, value };
  let grew = false;
  for (const group of groupsOf(spec, event)) grew = putEntry(state, group, entry) || grew;
  if (grew) cutEntries(state, bounds);
}

function emptyState({ kind }: RegisterSpec): RegisterState {
  if (isNumberKind(kind)) return { kind, days: {} };
  return kind === 'first' || kind === 'last' ? { kind, groups: {} } : { kind, values: {} };
}

/**
 * Adds one event to a register's state (undefined: none yet) in place; returns the state to store, bounded, or undefined when
 * the event does not concern the register.
 */
export function foldRegister(
  known: RegisterState | undefined,
  event: CleanEvent,
  context: { spec: RegisterSpec; bounds: Bounds },
): RegisterState | undefined {
  if (!matches(context.spec, event)) return undefined;
  const state = known ?? emptyState(context.spec);
  if ('days' in state) return foldNumbers(state, event, context);
  if ('groups' in state) foldEntries(state, event, context);
  else foldValues(state, event, context);
  return state;
}

/** A copy that can be folded into. Entries are never changed, so they are shared. */
export function copyRegister(state: RegisterState): RegisterState {
  if ('days' in state) return { kind: state.kind, days: { ...state.days } };
  if ('groups' in state) return { kind: state.kind, groups: { ...state.groups } };
  return { ...state, values: { ...state.values } };
}

/** Adds another state of the same register to `into` in place, bounded; `from` is not changed. */
export function mergeRegister(into: RegisterState, from: RegisterState, bounds: Bounds): void {
  if ('days' in into && 'days' in from) mergeNumbers(into, from, bounds);
  else if ('groups' in into && 'groups' in from) {
    for (const [group, entry] of Object.entries(from.groups)) putEntry(into, group, entry);
    cutEntries(into, bounds);
  } else if ('values' in into && 'values' in from) mergeValues(into, from, bounds);
}
