import { own, setOwn } from '../own.ts';
import type { Aggregate } from './aggregate.ts';
import { type Cell, listOf, type SourceCells } from './cells.ts';
import {
  type Operations,
  type Position,
  positionOf,
  STEP_UNIT,
  speakerOf,
  type TraitOperations,
  voiceOf,
} from './operations.ts';

/**
 * What each source says of each trait by now: what it set last, or set once and first, and what was added to it since; nothing where it
 * unset it later. An operation is about its own source's word, and what anybody could have sent changes nothing that is proved.
 */
export function wordsOf(aggregate: Pick<Aggregate, 'traits' | 'operations'>): Record<string, SourceCells<unknown>> {
  const { traits, operations } = aggregate;
  if (operations === undefined) return traits;
  const words: Record<string, SourceCells<unknown>> = {};
  for (const name of new Set([...Object.keys(traits), ...Object.keys(operations.traits)])) {
    const cells = wordsOn(name, own(traits, name), operations);
    const [only] = cells;
    if (only !== undefined) setOwn(words, name, cells.length === 1 ? only : cells);
  }
  return words;
}

function wordsOn(
  name: string,
  set: SourceCells<unknown> | undefined,
  { traits, cleared }: Operations,
): Cell<unknown>[] {
  const sets = new Map((set === undefined ? [] : listOf(set)).map((cell) => [voiceOf(cell), cell]));
  const done = own(traits, name) ?? {};
  return [...new Set([...sets.keys(), ...Object.keys(done)])].sort().flatMap((voice) => {
    const word = wordOf(sets.get(voice), own(done, voice) ?? {}, own(cleared, voice));
    return word === undefined ? [] : [{ ...speakerOf(voice), ...word }];
  });
}

/**
 * Servers say several things in one millisecond: there, operations of different sorts count in the order clear, set, once, add, append,
 * unset, whatever the ids of their events.
 */
const timeOf = (p: Position): string => p.slice(0, Math.max(p.indexOf('|'), 0));

/** A word without who speaks. */
type Word = Pick<Cell<unknown>, 'v' | 'at' | 'id' | 'first'>;

const wordAt = (v: unknown, p: Position, first = false): Word => {
  const bar = p.indexOf('|');
  return { v, at: p.slice(0, bar), id: p.slice(bar + 1), ...(first && { first: true as const }) };
};

function wordOf(set: Cell<unknown> | undefined, did: TraitOperations, cleared: Position | undefined): Word | undefined {
  const lives = (p: Position): boolean => timeOf(p) > timeOf(did.removed ?? '') && timeOf(p) >= timeOf(cleared ?? '');
  const setAt = set && positionOf(set);
  const additions = additionsTo(did, lives);
  if (set !== undefined && setAt !== undefined && lives(setAt)) return added(wordAt(set.v, setAt), did, lives);
  const first = did.once?.find(({ p }) => lives(p));
  // What was counted before it was to be set once was there already.
  if (first !== undefined && !additions.some((p) => timeOf(p) < timeOf(first.p))) {
    return added(wordAt(first.v, first.p, true), did, lives);
  }
  return additions.length === 0 ? undefined : added(undefined, did, lives);
}

/** When something was added that counts. */
const additionsTo = ({ steps, days, rest, appended }: TraitOperations, lives: (p: Position) => boolean): Position[] =>
  [
    ...Object.keys(steps ?? {}),
    ...Object.values(days ?? {}).map(([, from]) => from),
    ...(rest === undefined ? [] : [rest[1]]),
    ...Object.values(appended ?? {}).map(({ at }) => at),
  ].filter(lives);

/** The word with what was added to it since: to a number numbers, to a list values; to anything else nothing can be added. */
function added(base: Word | undefined, did: TraitOperations, lives: (p: Position) => boolean): Word | undefined {
  const counts = (p: Position): boolean => lives(p) && timeOf(p) >= (base?.at ?? '');
  if (base === undefined) return summed(base, did, counts) ?? listed(base, did, counts);
  if (typeof base.v === 'number') return summed(base, did, counts);
  return Array.isArray(base.v) ? listed(base, did, counts) : base;
}

function summed(base: Word | undefined, did: TraitOperations, counts: (p: Position) => boolean): Word | undefined {
  const parts: [Position, number][] = [
    ...Object.entries(did.steps ?? {}),
    ...[...Object.values(did.days ?? {}), ...(did.rest ? [did.rest] : [])].map(([n, p]): [Position, number] => [p, n]),
  ];
  const counted = parts.filter(([p]) => counts(p)).sort(([a], [b]) => (a < b ? -1 : 1));
  const last = counted.at(-1);
  if (last === undefined) return base;
  const sum = counted.reduce((total, [, n]) => total + n, 0);
  const units = Math.round(Number(base?.v ?? 0) * STEP_UNIT) + sum;
  return wordAt(Number.isSafeInteger(units) ? units / STEP_UNIT : Number(base?.v ?? 0) + sum / STEP_UNIT, last[0]);
}

function listed(base: Word | undefined, did: TraitOperations, counts: (p: Position) => boolean): Word | undefined {
  const since = Object.entries(did.appended ?? {}).filter(([, { at }]) => counts(at));
  since.sort(([a, x], [b, y]) => (x.at === y.at ? (a < b ? -1 : 1) : x.at < y.at ? -1 : 1));
  const last = since.at(-1);
  if (last === undefined) return base;
  const before: readonly unknown[] = Array.isArray(base?.v) ? base.v : [];
  const texts = new Set([...before.map((value) => JSON.stringify(value)), ...since.map(([text]) => text)]);
  return wordAt(
    Array.from(texts, (text): unknown => JSON.parse(text)),
    last[1].at,
  );
}
