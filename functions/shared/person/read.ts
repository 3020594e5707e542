import type { Identifier } from '../../../schemas/identifier.ts';
import type { Person, Trait } from '../../../schemas/profile.ts';
import type { Definitions } from '../definitions.ts';
import { isDeviceKey } from '../devices.ts';
import type { DocStore } from '../doc-store.ts';
import { type CompiledRules, isOneId, oneId, type ResolvedPerson } from '../identity/resolve.ts';
import { own } from '../own.ts';
import { type Aggregate, mergeAggregates, zoneOf } from '../profile/aggregate.ts';
import { type Cell, listOf } from '../profile/cells.ts';
import { consentsOf } from '../profile/consents.ts';
import { survivorOf } from '../profile/survivorship.ts';
import { evaluateTags } from '../profile/tags.ts';
import { wordsOf } from '../profile/words.ts';
import {
  type ComponentDoc,
  founderDocKey,
  type IdentifierDoc,
  identifierDocKey,
  isFounderEver,
  owningOf,
} from './docs.ts';
import { readAnew, type WorkingSet } from './working-set.ts';

/** The person that holds an identifier, given its component (undefined: it stands alone). */
export function personOf(key: string, componentId: string | undefined, ws: WorkingSet): ResolvedPerson {
  const persons = componentId === undefined ? [] : (ws.component(componentId)?.persons ?? []);
  const found = persons.find((person) => person.members.includes(key));
  return found ?? { one_id: oneId(key), founder: key, members: [key], shared: false };
}

/** A person's state as decisions and answers need it. */
export interface PersonState {
  readonly person: ResolvedPerson;
  readonly aggregate: Aggregate;
  readonly first_seen: Readonly<Record<string, string>>;
  readonly component: ComponentDoc | undefined;
}

/** Reads the person that holds an identifier; undefined when the identifier was never seen. */
export async function readPersonByKey(store: DocStore, key: string): Promise<PersonState | undefined> {
  return readAnew(store, (ws) => stateByKey(key, ws));
}

async function stateByKey(key: string, ws: WorkingSet): Promise<PersonState | undefined> {
  const found = (await findPersons([key], ws)).get(key);
  return found && stateOf(found, ws);
}

/** A person that was found, with the documents of all its members that own events; `component` is undefined when its identifier stands alone. */
export interface FoundPerson {
  readonly person: ResolvedPerson;
  readonly component: string | undefined;
}

/**
 * Finds the persons that hold some identifiers and loads their documents, with as few reads as one person takes.
 * Identifiers that were never seen are absent.
 * @throws StaleRead when others write in between; see `readAnew`
 */
export async function findPersons(keys: readonly string[], ws: WorkingSet): Promise<Map<string, FoundPerson>> {
  await ws.load(keys.map(identifierDocKey));
  const known = keys.filter((key) => ws.identifier(key) !== undefined);
  const located = await ws.locate(known);
  const found = new Map<string, FoundPerson>();
  const members: string[] = [];
  for (const key of known) {
    const component = located.get(key);
    const person = personOf(key, component, ws);
    found.set(key, { person, component });
    const doc = component === undefined ? undefined : ws.component(component);
    members.push(...owningOf(person.members, doc));
  }
  await ws.load(members.map(identifierDocKey));
  return found;
}

/** The state of a person that `findPersons` found. */
export function stateOf({ person, component: id }: FoundPerson, ws: WorkingSet): PersonState {
  const component = id === undefined ? undefined : ws.component(id);
  const first_seen: Record<string, string> = {};
  const parts: Aggregate[] = [];
  for (const member of owningOf(person.members, component)) {
    const doc = ws.identifier(member);
    if (!doc) continue;
    first_seen[member] = doc.first_seen;
    parts.push(doc.aggregate);
  }
  for (const member of person.members) {
    const at = own(component?.sightings ?? {}, member);
    if (at !== undefined) first_seen[member] = at;
  }
  return { person, aggregate: mergeAggregates(parts), first_seen, component };
}

/**
 * Reads a person by any One ID it ever had: a One ID is derived from an identifier, so the person is whoever holds that
 * identifier now. Undefined when no such id was ever given.
 */
export async function readPersonById(store: DocStore, id: string): Promise<PersonState | undefined> {
  if (!isOneId(id)) return undefined;
  return readAnew(store, async (ws) => {
    await ws.load([founderDocKey(id)]);
    const key = ws.get<IdentifierDoc>(founderDocKey(id))?.key;
    const state = key === undefined ? undefined : await stateByKey(key, ws);
    return key !== undefined && state && isFounderEver(key, state.component) ? state : undefined;
  });
}

const splitKey = (key: string, rules: CompiledRules): Identifier => {
  const [type = '', ...rest] = key.split(':');
  if (!rules.types.get(type)?.scoped) return { type, value: rest.join(':') };
  const [scope = '', ...value] = rest;
  return { type, scope, value: value.join(':') };
};

const sorted = <V>(map: Readonly<Record<string, V>>): Record<string, V> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

/**
 * The public view of a person, as of `now` (epoch ms); equal states give equal bytes. `reveal` shows the raw value of a
 * personal identifier where the caller may see it; else its token is shown.
 */
export function viewPerson(
  state: PersonState,
  context: {
    definitions: Definitions;
    rules: CompiledRules;
    now: number;
    revealed?: ReadonlyMap<string, string>;
  },
): Person {
  const { person, aggregate } = state;
  const { definitions, rules, now, revealed } = context;
  const reveal = (value: unknown): unknown => (typeof value === 'string' ? (revealed?.get(value) ?? value) : value);
  const members = [...person.members].sort();
  const devices = sharedDevices(state);
  const seen = members.map((key) => state.first_seen[key] ?? '').filter((at) => at !== '');
  const said = ({ v, at, source }: Cell<unknown>) => ({ value: reveal(v), at, source_id: source });
  const basic = Object.entries(wordsOf(aggregate)).map(([name, cells]): [string, Trait] => {
    const { cell, won_by, over } = survivorOf(name, cells, definitions.survivorship);
    return [name, won_by === undefined ? said(cell) : { ...said(cell), won_by, over: over.map(said) }];
  });
  const consents = Object.entries(consentsOf(aggregate)).map(([purpose, cell]) => {
    return [purpose, { granted: cell.v, at: cell.at }] as const;
  });
  return {
    one_id: person.one_id,
    shared: person.shared,
    ...(person.isolated && { isolated: person.isolated }),
    first_seen: seen.sort()[0] ?? aggregate.first,
    last_seen: aggregate.last || (seen.at(-1) ?? ''),
    identifiers: members.map((key) => {
      const identifier = splitKey(key, rules);
      return { ...identifier, value: String(reveal(identifier.value)), key, first_seen: state.first_seen[key] ?? '' };
    }),
    ...(devices.length > 0 && { shared_devices: devices }),
    profile: {
      basic: sorted(Object.fromEntries(basic)),
      behaviour: {
        events: aggregate.events,
        events_by_name: sorted(aggregate.names),
        channels: sorted(aggregate.channels),
        time_zone: aggregate.events === 0 ? null : zoneOf(aggregate),
      },
      predicted: {},
    },
    tags: evaluateTags(definitions, aggregate, now),
    consents: sorted(Object.fromEntries(consents)),
  };
}

/** Devices that this person's identifiers were seen on, and others' too. */
function sharedDevices({ person, component }: PersonState): string[] {
  const own = new Set(person.members);
  const ends = (component?.external ?? []).flatMap(({ a, b }) => (own.has(a) ? [b] : own.has(b) ? [a] : []));
  return [...new Set(ends.filter(isDeviceKey))].sort();
}

/** Tokens that a view would show: what to ask the vault for. */
export function tokensOf(state: PersonState): string[] {
  const values = [
    ...state.person.members.map((key) => key.slice(key.indexOf(':') + 1)),
    ...Object.values(wordsOf(state.aggregate)).flatMap((cells) => listOf(cells).map((cell) => cell.v)),
  ];
  return [...new Set(values.filter((value) => typeof value === 'string' && value.startsWith('t1.')))] as string[];
}
