import { expect } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { type CompiledRules, explain, type Resolution, resolve } from '../../functions/shared/identity/resolve.ts';
import { evidenceAbout } from '../../functions/shared/person/evidence-about.ts';
import { readPersonById, readPersonByKey, viewPerson } from '../../functions/shared/person/read.ts';
import { consentTo } from '../../functions/shared/profile/consents.ts';
import { edgesOf, sightedAt } from '../../functions/stitch/evidence.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import type { CleanEvent, QuarantinedEvent } from '../../schemas/event.ts';
import type { Evidence } from '../../schemas/evidence.ts';
import type { Person } from '../../schemas/profile.ts';
import { MemoryDocStore } from './memory-doc-store.ts';
import { DEFINITIONS, NOW, type StitchWorld, stitchWorld } from './stitch.ts';
import { expectedOf, identityMapFaults, missingTimers, oneIdFaults } from './stitch-model.ts';

/** Why two identifiers are, or are not, one person: `from … to` edges as text, with the refusal where there is one. */
export interface Why {
  readonly together: boolean;
  /** `a – b kind`, weakest first. */
  readonly chain: readonly string[];
  /** `reason: detail`. */
  readonly refused: readonly string[];
  /** `a – b kind`. */
  readonly apart: readonly string[];
}

const bySource = ({ kind, source_id }: Evidence): string => `${kind} by ${source_id}`;
const asText = (edge: Evidence): string => `${edge.a} – ${edge.b} ${bySource(edge)}`;

/** One line per person; a lone identifier that may not join anything says why. */
function linesOf({ persons }: Pick<Resolution, 'persons'>, among: ReadonlySet<string>): string[] {
  return persons
    .filter(({ members }) => members.some((key) => among.has(key)))
    .map(({ members, isolated }) => members.join(' + ') + (isolated === undefined ? '' : ` (${isolated})`))
    .sort();
}

interface Given {
  readonly rules: CompiledRules;
  readonly withoutOracle?: boolean;
}

/**
 * What can be seen of a story so far: all of it comes from the store, as the API would read it. Stories pick what they look
 * at (`({ persons }) => …`), so these are functions that stay bound.
 */
export class ScenarioWorld {
  readonly stitched: StitchWorld;
  readonly rules: CompiledRules;
  /** Events that clean refused. */
  readonly quarantined: QuarantinedEvent[] = [];
  readonly #events: CleanEvent[] = [];
  readonly #keys = new Set<string>();
  readonly #given: Given;

  constructor(store: DocStore, given: Given) {
    this.stitched = stitchWorld({ store, ...given });
    this.rules = given.rules;
    this.#given = given;
  }

  heard(events: readonly CleanEvent[], quarantined: readonly QuarantinedEvent[]): void {
    this.#events.push(...events);
    this.quarantined.push(...quarantined);
    for (const { identifiers } of events) for (const found of identifiers) this.#keys.add(identifierKey(found));
  }

  /** Clean events, in the order of the story. */
  readonly events = (): readonly CleanEvent[] => this.#events;

  /** One line per person that holds one of these identifiers, by default any: members, and why it is alone if it may not join. */
  readonly persons = async (...among: readonly string[]): Promise<string[]> => {
    const persons = await this.#stored(among.length === 0 ? this.#keys : among);
    return linesOf({ persons: persons.map(({ person }) => person) }, this.#keys);
  };

  /** The same under other rules: what a preview would say. */
  readonly preview = (rules: CompiledRules): string[] =>
    linesOf(resolve(this.#evidence(rules), this.#sightings(), rules), this.#keys);

  /** The same after all events were taken in anew under other rules. */
  readonly replayed = async (rules: CompiledRules): Promise<ScenarioWorld> => {
    const world = new ScenarioWorld(new MemoryDocStore(), { ...this.#given, rules });
    world.heard(this.#events, []);
    await stitch(this.#events, world.stitched.deps);
    await world.expectOracle();
    return world;
  };

  /** The person that holds the identifier, as the API shows it. */
  readonly profile = async (key: string): Promise<Person> => {
    const state = await readPersonByKey(this.stitched.deps.store, key);
    if (state === undefined) throw new Error(`Nobody holds ${key} in this story.`);
    return viewPerson(state, { definitions: DEFINITIONS, rules: this.rules, now: NOW });
  };

  /** The One ID to which another one, given at some time, leads now. */
  readonly byId = async (one_id: string): Promise<string | undefined> =>
    (await readPersonById(this.stitched.deps.store, one_id))?.person.one_id;

  /** Values of the declared traits of the person that holds the identifier. */
  readonly traits = async (key: string): Promise<Record<string, unknown>> => {
    const { basic } = (await this.profile(key)).profile;
    return Object.fromEntries(Object.entries(basic).map(([name, { value }]) => [name, value]));
  };

  /** What a campaign of this purpose is told: does the person that holds the identifier agree? */
  readonly consent = async (key: string, purpose: string): Promise<boolean | undefined> => {
    const state = await readPersonByKey(this.stitched.deps.store, key);
    return state && consentTo(state.aggregate, purpose)?.v;
  };

  /** Sum over all persons: whatever is cut or joined, it never changes. */
  readonly sums = async (): Promise<{ events: number; revenue: number; names: Record<string, number> }> => {
    const sum = { events: 0, revenue: 0, names: {} as Record<string, number> };
    for (const { aggregate, person } of await this.#stored(this.#keys)) {
      sum.events += aggregate.events;
      const { tags } = await this.profile(person.founder);
      sum.revenue += Number(tags.revenue_cny_90d ?? 0);
      for (const [name, n] of Object.entries(aggregate.names)) sum.names[name] = (sum.names[name] ?? 0) + n;
    }
    return sum;
  };

  /** All that can be seen of everybody, as bytes: ids, identifiers, traits, counters, tags, consents; and the timers asked for. */
  readonly everything = async (): Promise<Record<string, string>> => {
    const views = await this.#views([...this.#keys].sort());
    const { timers } = expectedOf(this.#events, this.rules);
    return { ...Object.fromEntries(views), timers: [...timers].sort().join('\n') };
  };

  /** Why the two are, or are not, one person: from what the store kept, as `explain` is asked. */
  readonly why = async (from: string, to: string): Promise<Why> => {
    const { evidence, sightings } = await evidenceAbout(this.stitched.deps.store, [from, to]);
    const told = explain(resolve(evidence, sightings, this.rules), evidence, from, to);
    const between = ({ a, b }: Evidence): boolean => (a === from && b === to) || (a === to && b === from);
    return {
      together: told.same_person,
      chain: told.chain.map(asText),
      refused: told.rejected.filter(({ edge }) => between(edge)).map(({ reason, detail }) => `${reason}: ${detail}`),
      apart: told.apart.filter(between).map(asText),
    };
  };

  /** The store must answer what `resolve` makes of all evidence at once, the lake must agree, and no timer may be missing. */
  async expectOracle(): Promise<void> {
    if (this.#given.withoutOracle) return;
    const { deps, lake, bus } = this.stitched;
    const expected = expectedOf(this.#events, this.rules);
    const stored = await this.#views(expected.views.keys());
    expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(expected.views));
    const rows = lake.of('identity_map');
    expect(await oneIdFaults(deps.store, rows, expected)).toEqual([]);
    expect(identityMapFaults(rows, expected.oneIds)).toEqual([]);
    expect(missingTimers(bus.armed.values(), expected)).toEqual([]);
  }

  /** Identifier → its person's view as bytes. The oracle has no documents, so what a view tells of neighbours is left out. */
  async #views(keys: Iterable<string>): Promise<Map<string, string>> {
    const views = new Map<string, string>();
    for (const key of keys) {
      const state = await readPersonByKey(this.stitched.deps.store, key);
      if (state === undefined) continue;
      const context = { definitions: DEFINITIONS, rules: this.rules, now: NOW };
      views.set(key, JSON.stringify(viewPerson({ ...state, component: undefined }, context)));
    }
    return views;
  }

  #evidence(rules: CompiledRules): Evidence[] {
    return this.#events.flatMap((event) => edgesOf(event, event.identifiers.map(identifierKey), rules));
  }

  #sightings(): { key: string; first_seen: string }[] {
    return this.#events.flatMap((event) =>
      event.identifiers.map((found) => ({ key: identifierKey(found), first_seen: sightedAt(event) })),
    );
  }

  /** Each person once. */
  async #stored(keys: Iterable<string>) {
    const found = new Map<string, NonNullable<Awaited<ReturnType<typeof readPersonByKey>>>>();
    for (const key of keys) {
      const state = await readPersonByKey(this.stitched.deps.store, key);
      if (state !== undefined) found.set(state.person.one_id, state);
    }
    return [...found.values()];
  }
}
