import { timersFor } from '../../functions/shared/campaign/triggers.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { type CompiledRules, resolve } from '../../functions/shared/identity/resolve.ts';
import { type PersonState, viewPerson } from '../../functions/shared/person/read.ts';
import {
  type Aggregate,
  emptyAggregate,
  foldEvent,
  mergeAggregates,
} from '../../functions/shared/profile/aggregate.ts';
import { edgesOf, isControl, sightedAt } from '../../functions/stitch/evidence.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import { DEFINITIONS } from './deployment.ts';

const CAMPAIGNS = DEFINITIONS.campaigns.filter(({ active }) => active);

export interface ExpectedPerson {
  readonly one_id: string;
  readonly members: readonly string[];
  readonly events: number;
  /** `campaign subject due` of the timers that the person's state asks for. */
  readonly timers: readonly string[];
  /** What everybody must see of the person, times apart. */
  readonly view: string;
}

/** By which rules, and when (epoch ms). */
export interface Asked {
  readonly rules: CompiledRules;
  readonly now: number;
}

const TIME = /"\d{4}-\d\d-\d\dT[\d:.]+Z"/g;

/**
 * A person as text, without times: an event that was sent twice by a clock that is off has two, a few ms apart, and either may have
 * come first.
 */
export function viewOf(state: PersonState, { rules, now }: Asked): string {
  const view = viewPerson({ ...state, component: undefined }, { definitions: DEFINITIONS, rules, now });
  return JSON.stringify(view).replaceAll(TIME, '"time"');
}

/** Identifier → the person that `resolve` makes of all evidence at once, with each distinct event folded once into its owner. */
export function personsOf(events: readonly CleanEvent[], asked: Asked): Map<string, ExpectedPerson> {
  const { rules, now } = asked;
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
  const persons = new Map<string, ExpectedPerson>();
  for (const person of resolve(evidence, sightings, rules).persons) {
    const aggregate = mergeAggregates(person.members.map((key) => owners.get(key) ?? emptyAggregate()));
    const view = viewOf({ person, aggregate, first_seen, component: undefined }, asked);
    const asking = { one_id: person.one_id, owner: person.founder, now };
    const timers = CAMPAIGNS.flatMap((campaign) => timersFor(campaign, aggregate, asking)).map(
      ({ campaign, subject, at }) => `${campaign} ${subject} ${at}`,
    );
    const { one_id, members } = person;
    const expected = { one_id, members, events: aggregate.events, timers, view };
    for (const key of person.members) persons.set(key, expected);
  }
  return persons;
}
