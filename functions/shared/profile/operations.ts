import type { CleanEvent } from '../../../schemas/event.ts';
import { isObject, type JsonObject, objectOr } from '../json.ts';
import { own, setOwn } from '../own.ts';
import { type Bounds, keepLatest, keepSmallestKeys } from './bounds.ts';

/**
 * Reserved name among the traits of an `identify`: what to do with traits, instead of what they are. `{ once: {…}, add: {…}, append: {…},
 * unset: […], clear: true }`, in the order clear, set, once, add, append, unset where one event holds several.
 */
export const OPERATIONS = '$operations';

/** When it was said, and by which event: `2026-03-01T10:00:00.000Z|<event id>`. Orders all that is said of a trait. */
export type Position = string;

export interface Said {
  readonly v: unknown;
  readonly p: Position;
}

/** A sum, and the first of the steps in it. */
export type Span = readonly [millionths: number, from: Position];

/** What one source did to one trait. Every part is commutative and associative, and keeps the extremes of a total order. */
export interface TraitOperations {
  /** The two earliest values that were to be set once, and the latest. */
  readonly once?: readonly Said[];
  /** The latest steps, each by itself; those before them by day, and those before these in one. */
  readonly steps?: Readonly<Record<Position, number>>;
  readonly days?: Readonly<Record<string, Span>>;
  readonly rest?: Span;
  /** Values in a set, as JSON, each with when it was added last. */
  readonly appended?: Readonly<Record<string, { readonly at: Position }>>;
  /** When it was unset last. */
  readonly removed?: Position;
}

export interface Operations {
  /** Trait → voice → what it did. */
  readonly traits: Readonly<Record<string, Readonly<Record<string, TraitOperations>>>>;
  /** Voice → when it cleared all of its traits last. */
  readonly cleared: Readonly<Record<string, Position>>;
}

/** Steps are kept in millionths, so that they add up to the same in any order; a larger one is a mistake, and left out. */
export const STEP_UNIT = 1e6;
const MAX_STEP = 1e9;
const MAX_APPENDED_CHARS = 200;
const MAX_TRAIT_CHARS = 2048;
const MAX_NAME_CHARS = 200;
const UNVERIFIED = '?';

/** Who speaks: a source, what it can prove apart from what anybody could have sent by it. */
export const voiceOf = ({ source, unverified }: { source: string; unverified?: boolean | undefined }): string =>
  unverified === true ? source + UNVERIFIED : source;

/** What `voiceOf` was given. */
export const speakerOf = (voice: string): { source: string; unverified?: true } =>
  voice.endsWith(UNVERIFIED) ? { source: voice.slice(0, -1), unverified: true } : { source: voice };

export const positionOf = ({ at, id }: { readonly at: string; readonly id: string }): Position => `${at}|${id}`;

/** What one event does to traits; undefined where it does nothing. */
export function operationsOf(event: CleanEvent, voice: string): Operations | undefined {
  const stated = event.traits[OPERATIONS];
  if (!isObject(stated)) return undefined;
  const p = positionOf({ at: event.occurred_at, id: event.event_id });
  const traits: Record<string, Record<string, TraitOperations>> = {};
  const put = (name: string, more: TraitOperations): void => {
    if (name.length > MAX_NAME_CHARS) return;
    setOwn(traits, name, { [voice]: { ...own(traits, name)?.[voice], ...more } });
  };
  for (const [name, v] of fitting(stated.once)) put(name, { once: [{ v, p }] });
  for (const [name, n] of Object.entries(objectOr(stated.add))) {
    if (typeof n === 'number' && Math.abs(n) <= MAX_STEP) put(name, { steps: { [p]: Math.round(n * STEP_UNIT) } });
  }
  for (const [name, values] of Object.entries(objectOr(stated.append))) {
    const texts = (Array.isArray(values) ? values : [values]).map((value) => JSON.stringify(value) ?? 'null');
    const short = texts.filter((text) => text.length <= MAX_APPENDED_CHARS);
    if (short.length > 0) put(name, { appended: Object.fromEntries(short.map((text) => [text, { at: p }])) });
  }
  for (const name of Array.isArray(stated.unset) ? stated.unset : []) {
    if (typeof name === 'string') put(name, { removed: p });
  }
  return { traits, cleared: stated.clear === true ? { [voice]: p } : {} };
}

/** A larger value stays in the lake, as a trait that is set does. */
const fitting = (values: unknown): [string, unknown][] =>
  Object.entries(objectOr(values) satisfies JsonObject).filter(([, v]) => JSON.stringify(v).length <= MAX_TRAIT_CHARS);

const NOTHING: Operations = { traits: {}, cleared: {} };

/** Both together; commutative and associative. Inputs are not changed. */
export function mergeOperations(a: Operations = NOTHING, b: Operations, bounds: Bounds): Operations {
  const traits: Record<string, Readonly<Record<string, TraitOperations>>> = { ...a.traits };
  for (const [name, voices] of Object.entries(b.traits)) {
    const merged: Record<string, TraitOperations> = { ...own(traits, name) };
    for (const [voice, more] of Object.entries(voices)) {
      setOwn(merged, voice, combine(own(merged, voice) ?? {}, more, bounds));
    }
    setOwn(traits, name, merged);
  }
  const cleared: Record<string, Position> = { ...a.cleared };
  for (const [voice, p] of Object.entries(b.cleared)) setOwn(cleared, voice, later(own(cleared, voice), p));
  keepSmallestKeys(cleared, bounds.names);
  return { traits: kept(traits, bounds), cleared };
}

const later = (a: Position | undefined, b: Position): Position => (a !== undefined && a > b ? a : b);

/** The names and voices that come first, of what can be proved and of what anybody could have sent apart. */
function kept(traits: Operations['traits'], bounds: Bounds): Operations['traits'] {
  const isFull = Object.values(traits).some((voices) => Object.keys(voices).length > bounds.sources);
  if (!isFull && Object.keys(traits).length <= bounds.names) return traits;
  const first: Record<string, Record<string, TraitOperations>> = {};
  for (const unverified of [false, true]) {
    const isOf = (voice: string): boolean => (speakerOf(voice).unverified ?? false) === unverified;
    const names = Object.keys(traits).filter((name) => Object.keys(own(traits, name) ?? {}).some(isOf));
    for (const name of names.sort().slice(0, bounds.names)) {
      const voices = Object.fromEntries(Object.entries(own(traits, name) ?? {}).filter(([voice]) => isOf(voice)));
      keepSmallestKeys(voices, bounds.sources);
      setOwn(first, name, { ...own(first, name), ...voices });
    }
  }
  return first;
}

function combine(a: TraitOperations, b: TraitOperations, bounds: Bounds): TraitOperations {
  const once = [...(a.once ?? []), ...(b.once ?? [])];
  const removed = b.removed === undefined ? a.removed : later(a.removed, b.removed);
  const appended: Record<string, { readonly at: Position }> = { ...a.appended };
  for (const [text, { at }] of Object.entries(b.appended ?? {})) {
    setOwn(appended, text, { at: later(own(appended, text)?.at, at) });
  }
  keepLatest(appended, bounds.appended);
  return {
    ...(once.length > 0 && { once: extremes(once) }),
    ...sumOf(a, b, bounds),
    ...(Object.keys(appended).length > 0 && { appended }),
    ...(removed !== undefined && { removed }),
  };
}

/** Text that orders what was said. */
const orderOf = ({ p, v }: Said): string => `${p}|${JSON.stringify(v)}`;

function extremes(said: readonly Said[]): readonly Said[] {
  const distinct = new Map(said.map((each) => [orderOf(each), each]));
  const sorted = [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
  return sorted.length <= 3 ? sorted : [...sorted.slice(0, 2), ...sorted.slice(-1)];
}

const plus = (a: Span | undefined, [n, from]: Span): Span =>
  a === undefined ? [n, from] : [a[0] + n, a[1] < from ? a[1] : from];

/** The smallest keys, for which there is no room. */
function beyond(map: Readonly<Record<string, unknown>>, max: number): readonly string[] {
  const keys = Object.keys(map);
  return keys.length <= max ? [] : keys.sort().slice(0, keys.length - max);
}

/** What no longer finds room as a step goes into its day, and what does not as a day, into the rest: nothing is lost, only when it was. */
function sumOf(
  a: TraitOperations,
  b: TraitOperations,
  bounds: Bounds,
): Pick<TraitOperations, 'steps' | 'days' | 'rest'> {
  const steps: Record<Position, number> = { ...a.steps };
  for (const [p, n] of Object.entries(b.steps ?? {})) setOwn(steps, p, (own(steps, p) ?? 0) + n);
  const days: Record<string, Span> = { ...a.days };
  for (const [day, span] of Object.entries(b.days ?? {})) days[day] = plus(days[day], span);
  let rest = b.rest === undefined ? a.rest : plus(a.rest, b.rest);
  for (const p of beyond(steps, bounds.steps)) {
    const day = p.slice(0, 10);
    days[day] = plus(days[day], [steps[p] ?? 0, p]);
    delete steps[p];
  }
  for (const day of beyond(days, bounds.step_days)) {
    const span = days[day];
    if (span !== undefined) rest = plus(rest, span);
    delete days[day];
  }
  return {
    ...(Object.keys(steps).length > 0 && { steps }),
    ...(Object.keys(days).length > 0 && { days }),
    ...(rest !== undefined && { rest }),
  };
}
