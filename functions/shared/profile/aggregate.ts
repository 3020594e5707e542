import type { CleanEvent } from '../../../schemas/event.ts';
import { addOwn, own, setOwn } from '../own.ts';
import { BOUNDS, type Bounds, keepSmallestKeys } from './bounds.ts';
import { addCell, type Cell, keepVoices, listOf, mergeCells, newer, type SourceCells } from './cells.ts';
import { mergeOperations, OPERATIONS, type Operations, operationsOf, voiceOf } from './operations.ts';
import { labelOf, type RegisterSpec, type RegisterState } from './register-spec.ts';
import { copyRegister, foldRegister, mergeRegister } from './registers.ts';

/** A trait larger than this stays in the lake and does not enter the profile, bytes of JSON text. */
const MAX_TRAIT_CHARS = 2048;
/** Nor does one of a longer name, or a purpose of consent. */
const MAX_NAME_CHARS = 200;

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
  traits: Record<string, SourceCells<unknown>>;
  /** What was done to traits beside setting them; absent where nothing was. `wordsOf` says what came of it. */
  operations?: Operations;
  consents: Record<string, Cell<boolean>>;
  /** Consents that anybody could have declared; see `consentTo`. */
  claims: Record<string, Cell<boolean>>;
  /** The latest claim about a purpose that found no room: it may have been a refusal of any. */
  lost_claim?: Cell<boolean>;
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
  claims: {},
  zone: null,
  source_zone: null,
  registers: {},
});

const byEvent = new WeakMap<readonly RegisterSpec[], ReadonlyMap<string, readonly RegisterSpec[]>>();

/** The registers that an event of this label may concern; looked up, because most events concern few of many. */
function registersFor(specs: readonly RegisterSpec[], label: string): readonly RegisterSpec[] {
  let index = byEvent.get(specs);
  if (index === undefined) {
    index = Map.groupBy(specs, ({ event }) => event);
    byEvent.set(specs, index);
  }
  return index.get(label) ?? [];
}

/** True when the trait is new, or one more speaks of it. */
function foldTrait(aggregate: Aggregate, name: string, { cell, bounds }: { cell: Cell<unknown>; bounds: Bounds }) {
  const { v } = cell;
  if (name.length > MAX_NAME_CHARS) return false;
  const large = typeof v === 'object' || (typeof v === 'string' && v.length > MAX_TRAIT_CHARS);
  if (large && JSON.stringify(v).length > MAX_TRAIT_CHARS) return false;
  const known = own(aggregate.traits, name);
  const cells = addCell(known, cell, bounds.sources);
  setOwn(aggregate.traits, name, cells);
  return known === undefined || listOf(known).length !== listOf(cells).length;
}

/**
 * Keeps what is declared within its bounds. What anybody could have said has bounds of its own: else two hundred made-up traits
 * would push out those that the company's own systems declared.
 */
function keepDeclared(aggregate: Aggregate, bounds: Bounds): void {
  keepVoices(aggregate.traits, bounds.names);
  keepSmallestKeys(aggregate.consents, bounds.names);
  if (Object.keys(aggregate.claims).length <= bounds.names) return;
  const { claims } = aggregate;
  aggregate.claims = { ...claims };
  keepSmallestKeys(aggregate.claims, bounds.names);
  for (const [purpose, cell] of Object.entries(claims)) {
    if (own(aggregate.claims, purpose) === undefined) aggregate.lost_claim = newer(aggregate.lost_claim, cell);
  }
}

/** Came it from a server, or from somebody who could prove that he is the owner? */
const isTrusted = ({ verified, attested, owner }: CleanEvent): boolean =>
  verified || attested?.includes(owner) === true;

/** Adds one event to its owner's aggregate, in place. The caller has made sure that it is not a duplicate. */
export function foldEvent(aggregate: Aggregate, event: CleanEvent, specs: readonly RegisterSpec[]): void {
  foldWithin(aggregate, event, { specs, bounds: BOUNDS });
}

/** As `foldEvent`, under bounds of your own. */
export function foldWithin(
  aggregate: Aggregate,
  event: CleanEvent,
  { specs, bounds }: { specs: readonly RegisterSpec[]; bounds: Bounds },
): void {
  const at = event.occurred_at;
  aggregate.events += 1;
  if (aggregate.first === '' || at < aggregate.first) aggregate.first = at;
  if (at > aggregate.last) aggregate.last = at;
  const label = labelOf(event);
  if (addOwn(aggregate.names, label, 1)) keepSmallestKeys(aggregate.names, bounds.names);
  if (addOwn(aggregate.channels, event.channel, 1)) keepSmallestKeys(aggregate.channels, bounds.names);
  const cell = <T>(v: T): Cell<T> => ({ v, at, id: event.event_id, source: event.source_id });
  const trusted = isTrusted(event);
  const said = <T>(v: T): Cell<T> => (trusted ? cell(v) : { ...cell(v), unverified: true });
  let grew = false;
  for (const [name, value] of Object.entries(event.traits)) {
    if (name === OPERATIONS) continue;
    if (foldTrait(aggregate, name, { cell: said(value), bounds })) grew = true;
  }
  const voice = voiceOf({ source: event.source_id, unverified: !trusted });
  const operations = operationsOf(event, voice);
  if (operations) aggregate.operations = mergeOperations(aggregate.operations, operations, bounds);
  for (const [purpose, granted] of Object.entries(event.consent)) {
    if (purpose.length > MAX_NAME_CHARS) continue;
    const consents = trusted ? aggregate.consents : aggregate.claims;
    const known = own(consents, purpose);
    setOwn(consents, purpose, newer(known, cell(granted)));
    if (known === undefined) grew = true;
  }
  if (grew) {
    keepDeclared(aggregate, bounds);
  }
  if (event.time_zone_known) aggregate.zone = newer(aggregate.zone, cell(event.time_zone));
  else aggregate.source_zone = newer(aggregate.source_zone, cell(event.time_zone));
  for (const spec of registersFor(specs, label)) {
    const state = foldRegister(aggregate.registers[spec.key], event, { spec, bounds });
    if (state) aggregate.registers[spec.key] = state;
  }
}

const addCounts = (into: Record<string, number>, from: Record<string, number>): void => {
  for (const [key, n] of Object.entries(from)) addOwn(into, key, n);
};

function mergeLatest<T>(into: Record<string, Cell<T>>, from: Readonly<Record<string, Cell<T>>>): void {
  for (const [name, cell] of Object.entries(from)) setOwn(into, name, newer(own(into, name), cell));
}

/** The sum of several identifiers' aggregates; commutative and associative. Inputs are not changed. */
export function mergeAggregates(parts: readonly Aggregate[], bounds: Bounds = BOUNDS): Aggregate {
  const sum = emptyAggregate();
  for (const part of parts) {
    if (part.events === 0) continue;
    sum.events += part.events;
    if (sum.first === '' || part.first < sum.first) sum.first = part.first;
    if (part.last > sum.last) sum.last = part.last;
    addCounts(sum.names, part.names);
    addCounts(sum.channels, part.channels);
    for (const [name, cells] of Object.entries(part.traits)) {
      setOwn(sum.traits, name, mergeCells(own(sum.traits, name), cells, bounds.sources));
    }
    if (part.operations) sum.operations = mergeOperations(sum.operations, part.operations, bounds);
    mergeLatest(sum.consents, part.consents);
    mergeLatest(sum.claims, part.claims);
    if (part.lost_claim) sum.lost_claim = newer(sum.lost_claim, part.lost_claim);
    if (part.zone) sum.zone = newer(sum.zone, part.zone);
    if (part.source_zone) sum.source_zone = newer(sum.source_zone, part.source_zone);
    for (const [key, state] of Object.entries(part.registers)) {
      const known = sum.registers[key];
      if (known) mergeRegister(known, state, bounds);
      else sum.registers[key] = copyRegister(state);
    }
  }
  for (const map of [sum.names, sum.channels]) keepSmallestKeys(map, bounds.names);
  keepDeclared(sum, bounds);
  return sum;
}

/** A copy that can be folded into without touching the original. Cells are never changed, so they are shared. */
export function cloneAggregate(aggregate: Aggregate): Aggregate {
  const { names, channels, traits, consents, claims } = aggregate;
  const said = { traits: { ...traits }, consents: { ...consents }, claims: { ...claims } };
  const copy = { names: { ...names }, channels: { ...channels }, ...said };
  const registers: Aggregate['registers'] = {};
  for (const [key, state] of Object.entries(aggregate.registers)) registers[key] = copyRegister(state);
  return { ...aggregate, ...copy, registers };
}

/** The person's own IANA time zone: the latest that an event named, else that of the latest source, else UTC. */
export const zoneOf = (aggregate: Aggregate): string => aggregate.zone?.v ?? aggregate.source_zone?.v ?? 'UTC';
