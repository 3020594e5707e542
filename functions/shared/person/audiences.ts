import { timersFor } from '../campaign/triggers.ts';
import type { Definitions } from '../definitions.ts';
import type { ChangedPersons } from '../identity/diff.ts';
import type { ResolvedPerson } from '../identity/resolve.ts';
import { type Aggregate, mergeAggregates } from '../profile/aggregate.ts';
import { evaluateTags } from '../profile/tags.ts';

/** How many persons' values of a tag, or decisions of a campaign, would be others. */
export interface AudienceChange {
  readonly id: string;
  readonly persons: number;
}

export interface AudienceReport {
  /** One IDs whose identifiers change, come or go. */
  readonly persons: number;
  /** Those with at least one change. */
  readonly tags: readonly AudienceChange[];
  readonly campaigns: readonly AudienceChange[];
}

/** What a person without such a value has, and what a person that does not exist has: no difference to an audience. */
const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === false || value === 0 || value === '';

const sameValue = (x: unknown, y: unknown): boolean =>
  (isNothing(x) && isNothing(y)) || JSON.stringify(x) === JSON.stringify(y);

/**
 * Counts the audiences that a regrouping of identifiers touches: nothing is recounted, since a person's profile is the sum of
 * its identifiers' aggregates. Values are compared by One ID.
 */
export class AudienceDiff {
  readonly #definitions: Definitions;
  readonly #now: number;
  readonly #tags = new Map<string, number>();
  readonly #campaigns = new Map<string, number>();
  #persons = 0;

  /** @param now epoch ms, as of which tags and campaigns are looked at */
  constructor(definitions: Definitions, now: number) {
    this.#definitions = definitions;
    this.#now = now;
  }

  /** @param aggregates of every identifier of the changed persons; absent for one that owns no event */
  add({ before, after }: ChangedPersons, aggregates: ReadonlyMap<string, Aggregate>): void {
    const [were, are] = [this.#valuesOf(before, aggregates), this.#valuesOf(after, aggregates)];
    for (const id of new Set([...were.keys(), ...are.keys()])) {
      const [was, is] = [were.get(id), are.get(id)];
      this.#persons += 1;
      for (const tag of this.#definitions.tags) {
        if (!sameValue(was?.tags[tag.id], is?.tags[tag.id])) add(this.#tags, tag.id);
      }
      for (const { id: campaign } of this.#definitions.campaigns) {
        if ((was?.timers.get(campaign) ?? '') !== (is?.timers.get(campaign) ?? '')) add(this.#campaigns, campaign);
      }
    }
  }

  report(): AudienceReport {
    return { persons: this.#persons, tags: listed(this.#tags), campaigns: listed(this.#campaigns) };
  }

  #valuesOf(persons: readonly ResolvedPerson[], aggregates: ReadonlyMap<string, Aggregate>) {
    const found = persons.map(({ one_id, founder, members }) => {
      const parts = members.map((key) => aggregates.get(key)).filter((part) => part !== undefined);
      const aggregate = mergeAggregates(parts);
      const asking = { one_id, owner: founder, now: this.#now };
      const timers = this.#definitions.campaigns
        .filter((campaign) => campaign.active)
        .map((campaign) => {
          const asked = timersFor(campaign, aggregate, asking).map(({ subject, at }) => `${subject}|${at}`);
          return [campaign.id, asked.sort().join('\n')] as const;
        });
      return [
        one_id,
        { tags: evaluateTags(this.#definitions, aggregate, this.#now), timers: new Map(timers) },
      ] as const;
    });
    return new Map(found);
  }
}

const add = (into: Map<string, number>, id: string): void => void into.set(id, (into.get(id) ?? 0) + 1);

const listed = (counts: ReadonlyMap<string, number>): AudienceChange[] =>
  Array.from(counts, ([id, persons]) => ({ id, persons })).sort(
    (x, y) => y.persons - x.persons || (x.id < y.id ? -1 : 1),
  );
