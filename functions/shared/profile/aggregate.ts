import type { CleanEvent } from '../../../schemas/event.ts';
import { addOwn, own, setOwn } from '../own.ts';
import { keepSmallestKeys } from './bounds.ts';
import { foldRegister, mergeRegister, type RegisterSpec, type RegisterState } from './registers.ts';

/** Most distinct event names, channels and traits that one identifier keeps. */
const MAX_NAMES = 200;
/** A trait larger than this stays in the lake and does not enter the profile, bytes of JSON text. */
const MAX_TRAIT_CHARS = 2048;

/** A last-write-wins cell: the greatest (at, event id, value, source) holds, so order and repetition do not matter. */
export interface Cell<T> {
  readonly v: T;
  readonly at: string;
  readonly id: string;
  readonly source: string;
}

/**
 * What all events of one owner add up to. Every part is commutative and associative; idempotence comes from the owner's
 * dedupe set. A person's profile is the merge of its identifiers' aggregates, so merging and splitting recount nothing.
 */
export interface Aggregate {
  events: number;
  first: string;
  last: string;
  names: Record<string, number>;
  channels: Record<string, number>;
  traits: Record<string, Cell<unknown>>;
  consents: Record<string, Cell<boolean>>;
  /** Zone that events named. */
  zone: Cell<string> | null;
  /** Zone of the sources, for persons whose events never named one. */
  source_zone: Cell<string> | null;
  registers: Record<string, RegisterState>;
}

/** The neutral element of `mergeAggregates`. */
export const emptyAggregate = (): Aggregate => ({
  events: 0,
  first: '',
  last: '',
  names: {},
  channels: {},
  traits: {},
  consents: {},
  zone: null,
  source_zone: null,
  registers: {},
});

const newer = <T>(a: Cell<T> | null | undefined, b: Cell<T>): Cell<T> => {
  if (!a) return b;
  if (a.at !== b.at) return a.at > b.at ? a : b;
  if (a.id !== b.id) return a.id > b.id ? a : b;
  // Two sources may use one event id.
  const [x, y] = [JSON.stringify(a.v), JSON.stringify(b.v)];
  return x > y || (x === y && a.source >= b.source) ? a : b;
};

/** True when the name is new. */
const setCell = <T>(cells: Record<string, Cell<T>>, name: string, cell: Cell<T>): boolean => {
  const known = own(cells, name);
  setOwn(cells, name, newer(known, cell));
  return known === undefined;
};

/** Adds one event to its owner's aggregate, in place. The caller has made sure that it is not a duplicate. */
export function foldEvent(aggregate: Aggregate, event: CleanEvent, specs: readonly RegisterSpec[]): void {
  const at = event.occurred_at;
  aggregate.events += 1;
  if (aggregate.first === '' || at < aggregate.first) aggregate.first = at;
  if (at > aggregate.last) aggregate.last = at;
  const label = event.type === 'track' ? event.name : event.type;
  if (addOwn(aggregate.names, label, 1)) keepSmallestKeys(aggregate.names, MAX_NAMES);
  if (addOwn(aggregate.channels, event.channel, 1)) keepSmallestKeys(aggregate.channels, MAX_NAMES);
  const cell = <T>(v: T): Cell<T> => ({ v, at, id: event.event_id, source: event.source_id });
  let grew = false;
  for (const [name, value] of Object.entries(event.traits)) {
    const large = typeof value === 'object' || (typeof value === 'string' && value.length > MAX_TRAIT_CHARS);
    if (large && JSON.stringify(value).length > MAX_TRAIT_CHARS) continue;
    if (setCell(aggregate.traits, name, cell(value))) grew = true;
  }
  for (const [purpose, granted] of Object.entries(event.consent)) {
    if (setCell(aggregate.consents, purpose, cell(granted))) grew = true;
  }
  if (grew) {
    keepSmallestKeys(aggregate.traits, MAX_NAMES);
    keepSmallestKeys(aggregate.consents, MAX_NAMES);
  }
  if (event.time_zone_known) aggregate.zone = newer(aggregate.zone, cell(event.time_zone));
  else aggregate.source_zone = newer(aggregate.source_zone, cell(event.time_zone));
  for (const spec of specs) {
    const state = foldRegister(spec, aggregate.registers[spec.key], event);
    if (state) aggregate.registers[spec.key] = state;
  }
}

const addCounts = (into: Record<string, number>, from: Record<string, number>): void => {
  for (const [key, n] of Object.entries(from)) addOwn(into, key, n);
};

/** The sum of several identifiers' aggregates; commutative and associative. Inputs are not changed. */
export function mergeAggregates(parts: readonly Aggregate[]): Aggregate {
  const sum = emptyAggregate();
  for (const part of parts) {
    if (part.events === 0) continue;
    sum.events += part.events;
    if (sum.first === '' || part.first < sum.first) sum.first = part.first;
    if (part.last > sum.last) sum.last = part.last;
    addCounts(sum.names, part.names);
    addCounts(sum.channels, part.channels);
    for (const [name, cell] of Object.entries(part.traits)) setCell(sum.traits, name, cell);
    for (const [purpose, cell] of Object.entries(part.consents)) setCell(sum.consents, purpose, cell);
    if (part.zone) sum.zone = newer(sum.zone, part.zone);
    if (part.source_zone) sum.source_zone = newer(sum.source_zone, part.source_zone);
    for (const [key, state] of Object.entries(part.registers)) {
      sum.registers[key] = mergeRegister(sum.registers[key], state);
    }
  }
  keepSmallestKeys(sum.names, MAX_NAMES);
  keepSmallestKeys(sum.channels, MAX_NAMES);
  keepSmallestKeys(sum.traits, MAX_NAMES);
  keepSmallestKeys(sum.consents, MAX_NAMES);
  return sum;
}

/** A copy that can be folded into without touching the original. Cells are never changed, so they are shared. */
export function cloneAggregate(aggregate: Aggregate): Aggregate {
  const { names, channels, traits, consents } = aggregate;
  const copy = { names: { ...names }, channels: { ...channels }, traits: { ...traits }, consents: { ...consents } };
  const registers: Aggregate['registers'] = {};
  for (const [key, state] of Object.entries(aggregate.registers)) {
    registers[key] =
      state.kind === 'last'
        ? { kind: 'last', groups: { ...state.groups } }
        : { kind: state.kind, days: { ...state.days } };
  }
  return { ...aggregate, ...copy, registers };
}

/** The person's own IANA time zone: the latest that an event named, else that of the latest source, else UTC. */
export const zoneOf = (aggregate: Aggregate): string => aggregate.zone?.v ?? aggregate.source_zone?.v ?? 'UTC';
