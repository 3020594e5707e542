import { hash } from 'node:crypto';
import type { CleanEvent } from '../../../schemas/event.ts';
import { own, setOwn } from '../own.ts';
import { type Bounds, bySpread, keepSample, keepSmallestKeys } from './bounds.ts';
import { groupsOf, type RegisterSpec, type ValueState } from './register-spec.ts';

/** Hex digits of a hash in a sketch: 52 bits, so that it is a whole number in a double. */
const HASH_DIGITS = 13;
const HASH_RANGE = 2 ** 52;

const hashOf = (value: string): string => hash('sha256', value, 'hex').slice(0, HASH_DIGITS);

function put(state: ValueState, key: string, n: number): void {
  const known = own(state.values, key);
  setOwn(state.values, key, known === undefined ? n : state.kind === 'top' ? known + n : 1);
}

function cut(state: ValueState, bounds: Bounds): void {
  const dropped =
    state.kind === 'distinct' ? keepSmallestKeys(state.values, bounds.sketch) : keepSample(state.values, bounds.values);
  if (dropped) state.truncated = true;
}

/** Adds the values of one matching event in place. */
export function foldValues(
  state: ValueState,
  event: CleanEvent,
  { spec, bounds }: { spec: RegisterSpec; bounds: Bounds },
): void {
  for (const value of groupsOf(spec, event)) put(state, state.kind === 'distinct' ? hashOf(value) : value, 1);
  cut(state, bounds);
}

/**
 * Adds another state of the same register in place. Truncation is order-free as well: a state is truncated exactly when
 * more different values than the bound went in.
 */
export function mergeValues(into: ValueState, from: ValueState, bounds: Bounds): void {
  for (const [key, n] of Object.entries(from.values)) put(into, key, n);
  if (from.truncated) into.truncated = true;
  cut(into, bounds);
}

/**
 * Number of different values: exact up to the sketch's size, then estimated from the k smallest hashes as (k − 1) / (the greatest
 * of them, as a share of the range) (Bar-Yossef et al. 2002; unbiased as in Beyer et al. 2007).
 */
export function distinctCount({ values, truncated }: ValueState): number {
  const hashes = Object.keys(values);
  if (!truncated) return hashes.length;
  const greatest = Math.max(...hashes.map((key) => Number.parseInt(key, 16)));
  return Math.round((hashes.length - 1) / ((greatest + 1) / HASH_RANGE));
}

/**
 * Was the value ever seen? Undefined when that cannot be said, because the register is over its bound. Values whose hash lies
 * below the greatest kept are never dropped, so of them it can.
 */
export function hasValue({ values, truncated }: ValueState, value: string): boolean | undefined {
  if (own(values, value) !== undefined) return true;
  if (!truncated) return false;
  return Object.keys(values).some((kept) => bySpread(value, kept) < 0) ? false : undefined;
}
