import { timersFor } from '../../functions/shared/campaign/triggers.ts';
import type { Definitions } from '../../functions/shared/definitions.ts';
import type {
  CommitResult,
  DocStore,
  ReadOptions,
  ScanOptions,
  ScanPage,
  Versioned,
  Write,
} from '../../functions/shared/doc-store.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { type CompiledRules, compileRules, oneId, resolve } from '../../functions/shared/identity/resolve.ts';
import { type PersonState, readPersonById, readPersonByKey, viewPerson } from '../../functions/shared/person/read.ts';
import {
  type Aggregate,
  emptyAggregate,
  foldEvent,
  mergeAggregates,
} from '../../functions/shared/profile/aggregate.ts';
import { edgesOf, isControl, sightedAt } from '../../functions/stitch/evidence.ts';
import type { Timer } from '../../schemas/decision.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { TIGHT_RULES } from './identity.ts';
import { DEFINITIONS, NOW } from './stitch.ts';

/** Small limits of identifiers per person, and hub bounds that small graphs stay under: those depend on order by design. */
export const MODEL_RULES = compileRules({ ...TIGHT_RULES, max_degree: 100 });

export interface Expected {
  /** Identifier → what everybody must see of the person that holds it. */
  readonly views: ReadonlyMap<string, string>;
  /** `campaign|subject|due|one_id` of every timer that a person's state asks for. */
  readonly timers: ReadonlySet<string>;
  readonly oneIds: ReadonlyMap<string, string>;
}

const view = (state: PersonState, definitions: Definitions, rules: CompiledRules): string =>
  JSON.stringify(viewPerson(state, { definitions, rules, now: NOW }));

/** The oracle: `resolve` on all evidence at once, and each distinct event folded once into its owner. */
export function expectedOf(events: readonly CleanEvent[], rules: CompiledRules = MODEL_RULES): Expected {
  const evidence = events.flatMap((event) => edgesOf(event, event.identifiers.map(identifierKey), rules));
  const sightings = events.flatMap((event) =>
    event.identifiers.map((found) => ({ key: identifierKey(found), first_seen: sightedAt(event) })),
  );
  const first_seen: Record<string, string> = {};
  for (const { key, first_seen: at } of sightings) {
    const known = first_seen[key];
    if (known === undefined || at < known) first_seen[key] = at;
  }
  const owners = new Map<string, Aggregate>();
  for (const event of events) {
    if (isControl(event)) continue;
    const aggregate = owners.get(event.owner) ?? emptyAggregate();
    foldEvent(aggregate, event, DEFINITIONS.registers);
    owners.set(event.owner, aggregate);
  }
  const views = new Map<string, string>();
  const oneIds = new Map<string, string>();
  const timers = new Set<string>();
  for (const person of resolve(evidence, sightings, rules).persons) {
    const aggregate = mergeAggregates(person.members.map((key) => owners.get(key) ?? emptyAggregate()));
    for (const campaign of DEFINITIONS.campaigns) {
      const asked = timersFor(campaign, aggregate, { one_id: person.one_id, owner: person.founder, now: NOW });
      for (const { subject, at } of asked) timers.add(`${campaign.id}|${subject}|${at}|${person.one_id}`);
    }
    const text = view({ person, aggregate, first_seen, component: undefined }, DEFINITIONS, rules);
    for (const key of person.members) {
      views.set(key, text);
      oneIds.set(key, person.one_id);
    }
  }
  return { views, oneIds, timers };
}

/** What the store answers for the same identifiers. */
export async function storedOf(store: DocStore, keys: Iterable<string>, rules: CompiledRules = MODEL_RULES) {
  const views = new Map<string, string>();
  for (const key of keys) {
    const state = await readPersonByKey(store, key);
    // The oracle has no documents: what a view tells of shared neighbours comes from them, and is tested by itself.
    if (state) views.set(key, view({ ...state, component: undefined }, DEFINITIONS, rules));
  }
  return views;
}

/** Faults of the rows of `identity_map`: the last row of each identifier must name its person. */
export function identityMapFaults(rows: readonly LakeRow[], oneIds: ReadonlyMap<string, string>): string[] {
  const current = new Map<string, LakeRow>();
  const faults: string[] = [];
  for (const row of rows) {
    const owner = String(row.owner);
    const known = current.get(owner);
    if (known && known.seq === row.seq && (known.one_id !== row.one_id || known.shared !== row.shared)) {
      faults.push(`${owner}: two rows with seq ${row.seq}, ${known.one_id} and ${row.one_id}`);
    }
    if (!known || Number(row.seq) >= Number(known.seq)) current.set(owner, row);
    if (known && Number(row.seq) > Number(known.seq) && String(row.valid_from) < String(known.valid_from)) {
      faults.push(`${owner}: seq ${row.seq} is later than ${known.seq}, but valid from an earlier time`);
    }
  }
  for (const [key, one_id] of oneIds) {
    const row = current.get(key);
    if (row?.one_id !== one_id) faults.push(`${key}: row says ${row?.one_id}, the person is ${one_id}`);
  }
  return faults;
}

/**
 * What a receiver of `person.created`, `person.merged` and `person.split` would get wrong: each current person must have been
 * announced, and each id that was told once and is no longer current must be among the losers of some merge.
 */
export function personChangeFaults(
  changes: readonly LakeRow[],
  identityRows: readonly LakeRow[],
  oneIds: ReadonlyMap<string, string>,
): string[] {
  const began = new Set(changes.filter(({ change }) => change !== 'person.merged').map(({ one_id }) => one_id));
  const merged = changes.filter(({ change }) => change === 'person.merged');
  const ended = new Set(merged.map(({ other_one_id }) => other_one_id));
  const current = new Set(oneIds.values());
  const faults = Array.from(current, (id) => (began.has(id) ? '' : `${id} was never announced`));
  for (const { one_id } of identityRows) {
    if (!current.has(String(one_id)) && !ended.has(one_id)) faults.push(`${one_id} ended unannounced`);
  }
  for (const { other_one_id, losers } of merged) {
    if (!(JSON.parse(String(losers)) as string[]).includes(String(other_one_id)))
      faults.push(`${other_one_id} is no loser`);
  }
  return faults.filter((fault) => fault !== '');
}

/** Timers that were never asked for; a timer belongs to the person that now holds its owner. */
export function missingTimers(armed: Iterable<Timer>, { timers, oneIds }: Expected): string[] {
  const missing = new Set(timers);
  for (const { campaign, subject, at, owner } of armed)
    missing.delete(`${campaign}|${subject}|${at}|${oneIds.get(owner)}`);
  return [...missing];
}

/**
 * Faults of the One IDs that were ever told: each must lead to the person that now holds the identifier it came from. One that
 * an identifier could have given, and never did, leads nowhere.
 */
export async function oneIdFaults(store: DocStore, rows: readonly LakeRow[], expected: Expected): Promise<string[]> {
  const founders = new Map([...expected.oneIds.keys()].map((key) => [oneId(key), key]));
  const told = new Set([...rows.map((row) => String(row.one_id)), ...expected.oneIds.values()]);
  const faults = [...told].filter((id) => !founders.has(id)).map((id) => `${id} was told, and is of no identifier`);
  for (const [id, founder] of founders) {
    const found = (await readPersonById(store, id))?.person.one_id;
    const wanted = told.has(id) ? expected.oneIds.get(founder) : undefined;
    if (found !== wanted) faults.push(`${id} of ${founder} leads to ${found}, not to ${wanted}`);
  }
  return faults;
}

/** A commit happened, but its caller does not get to know. */
export class LostReply extends Error {
  override name = 'LostReply';
}

/** The worker ended here, or the store would take no more: nothing of this call happened. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * A store as the network shows it: answers come late, of one read some documents earlier than others, reads and writes are throttled
 * or their worker dies before them, commits lose races, and replies get lost after the commit.
 */
export class UnreliableStore implements DocStore {
  readonly #inner: DocStore;
  readonly #dice: () => number;
  constructor(inner: DocStore, dice: () => number) {
    this.#inner = inner;
    this.#dice = dice;
  }

  async get(keys: readonly string[], options?: ReadOptions): Promise<Map<string, Versioned>> {
    await this.#yield();
    if (this.#dice() < 0.01) throw new Interrupted('The read was throttled.');
    const early = new Set(keys.filter(() => this.#dice() < 0.5));
    const found = await this.#inner.get([...early], options);
    await this.#yield();
    const rest = await this.#inner.get(
      keys.filter((key) => !early.has(key)),
      options,
    );
    return new Map([...found, ...rest]);
  }

  async commit(writes: readonly Write[]): Promise<CommitResult> {
    await this.#yield();
    const luck = this.#dice();
    if (luck < 0.02) throw new Interrupted('The worker died before its commit.');
    if (luck < 0.15) return { ok: false, conflicts: writes.slice(0, 1).map(({ key }) => key) };
    const result = await this.#inner.commit(writes);
    await this.#yield();
    if (luck > 0.93) throw new LostReply('The reply to a commit was lost.');
    return result;
  }

  async scan(prefix: string, options?: ScanOptions): Promise<ScanPage> {
    await this.#yield();
    return this.#inner.scan(prefix, options);
  }

  async #yield(): Promise<void> {
    for (let turns = Math.floor(this.#dice() * 6); turns > 0; turns -= 1) await Promise.resolve();
  }
}
