import type { CleanEvent } from '../../../schemas/event.ts';
import { own, setOwn } from '../own.ts';
import { localHour } from '../time.ts';
import { type Bounds, keepGreatestKeys } from './bounds.ts';
import { toMinorUnits } from './money.ts';
import { valuesAt } from './path.ts';
import { groupsOf, type NumberKind, type NumberState, type RegisterSpec } from './register-spec.ts';

const plus = (a: number, b: number): number => a + b;
const once = (): number => 1;

interface Rule {
  readonly bucket: (event: CleanEvent) => string;
  /** Commutative and associative. */
  readonly combine: (a: number, b: number) => number;
  /** Keeps the number itself, not the fact that there was one. */
  readonly keeps_number: boolean;
}

const ever = (): string => '';
const byDay = (event: CleanEvent): string => event.local_date;
/**
 * Of the local day, in the zone of the event: a marketer asks when in the day of this person to reach him. An hour in UTC would
 * mix two hours of a person's day wherever clocks change, and could not be put right after the fact.
 */
const byHour = (event: CleanEvent): string => localHour(Date.parse(event.occurred_at), event.time_zone);

const RULES: Readonly<Record<NumberKind, Rule>> = {
  count: { bucket: ever, combine: plus, keeps_number: false },
  days: { bucket: byDay, combine: plus, keeps_number: false },
  hours: { bucket: byHour, combine: plus, keeps_number: false },
  dates: { bucket: byDay, combine: once, keeps_number: false },
  total: { bucket: ever, combine: plus, keeps_number: true },
  sum: { bucket: byDay, combine: plus, keeps_number: true },
  min: { bucket: ever, combine: Math.min, keeps_number: true },
  max: { bucket: ever, combine: Math.max, keeps_number: true },
  day_min: { bucket: byDay, combine: Math.min, keeps_number: true },
  day_max: { bucket: byDay, combine: Math.max, keeps_number: true },
};

export const isNumberKind = (kind: string): kind is NumberKind => Object.hasOwn(RULES, kind);

/** The number that the event brings to the register; undefined when it has none. */
function numberOf(spec: RegisterSpec, event: CleanEvent): number | undefined {
  if (spec.property === undefined) return 1;
  const value = valuesAt(event.properties, spec.property)[0];
  if (spec.currency !== undefined) return toMinorUnits(value, spec.currency, event.properties);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** True when the bucket is new. */
function put(state: NumberState, bucket: string, n: number): boolean {
  const known = own(state.days, bucket);
  setOwn(state.days, bucket, known === undefined ? n : RULES[state.kind].combine(known, n));
  return known === undefined;
}

/** Adds one matching event in place; undefined, and nothing changed, when it carries no number that the register wants. */
export function foldNumbers(
  state: NumberState,
  event: CleanEvent,
  { spec, bounds }: { spec: RegisterSpec; bounds: Bounds },
): NumberState | undefined {
  const number = numberOf(spec, event);
  if (number === undefined) return undefined;
  const { bucket, keeps_number } = RULES[state.kind];
  const at = bucket(event);
  const n = keeps_number ? number : 1;
  let grew = false;
  for (const group of groupsOf(spec, event)) grew = put(state, group === '' ? at : `${at}|${group}`, n) || grew;
  if (grew) keepGreatestKeys(state.days, bounds.buckets);
  return state;
}

/** Adds another state of the same register in place. */
export function mergeNumbers(into: NumberState, from: NumberState, bounds: Bounds): void {
  for (const [bucket, n] of Object.entries(from.days)) put(into, bucket, n);
  keepGreatestKeys(into.days, bounds.buckets);
}
