import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { LARGE_PREFIX } from '../../functions/shared/large-records.ts';
import { IDENTIFIER_DOCS, type IdentifierDoc, identifierDocKey } from '../../functions/shared/person/docs.ts';
import { readPersonByKey } from '../../functions/shared/person/read.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { REASONS } from '../../schemas/reasons.ts';
import { oneIdFaults, personChangeFaults } from '../support/stitch-model.ts';
import type { Cloud } from './cloud.ts';
import { SHIPPED_RULES } from './deployment.ts';
import type { Finished } from './finished.ts';
import { currentOwners, eventKey, eventsOf, profilesOf, quarantineOf } from './lake-view.ts';
import { messageFaults } from './messages.ts';
import { type Asked, type ExpectedPerson, personsOf, viewOf } from './oracle.ts';
import { rawFaults } from './raw-records.ts';
import { NEW_RULES } from './rules-change.ts';
import { keyOf, SOURCES } from './sources.ts';
import { eventsOnStream, storedDocuments } from './stored.ts';

/** Everything that does not hold at the end of a simulation, in words; nothing when all does. */
export async function faultsFound(finished: Finished): Promise<string[]> {
  const events = takenIn(finished.cloud);
  const rules = compileRules(finished.cloud.rulesChange ? NEW_RULES : SHIPPED_RULES);
  const asked = { rules, now: finished.world.time.now() };
  const persons = personsOf(events, asked);
  return [
    ...acknowledgementFaults(finished),
    ...streamFaults(finished.cloud, events),
    ...leftovers(finished.cloud),
    ...rawFaults(finished),
    ...(await personFaults(finished.cloud, persons, asked)),
    ...lakeFaults(finished.cloud, persons),
    ...vaultFaults(finished.cloud, events),
    ...messageFaults(finished, persons),
    ...logFaults(finished),
  ];
}

const TAG = /<([\w.]+)>/;

/** Tag → how many rows carry it. */
function tally(rows: Iterable<LakeRow>, column: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const tag = TAG.exec(String(row[column]))?.[1];
    if (tag !== undefined) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  }
  return counts;
}

/** What was acknowledged is one event or in quarantine with a reason; what was refused is no event. */
function acknowledgementFaults({ cloud, ledger }: Finished): string[] {
  const clean = tally(eventsOf(cloud.lake).values(), 'context');
  const quarantined = tally(quarantineOf(cloud.lake).values(), 'original');
  const faults: string[] = [];
  for (const [tag, { sent, acknowledged, refused }] of ledger) {
    const [rows, held] = [clean.get(tag) ?? 0, quarantined.get(tag) ?? 0];
    const say = (what: string): void => void faults.push(`event ${tag} ${what}`);
    if (rows > 1) say(`is ${rows} events`);
    if (acknowledged && rows + held === 0) say('was acknowledged and is nowhere');
    if (acknowledged && sent.due === 'clean' && rows === 0 && held > 0) say('is in quarantine without reason');
    if (sent.due === 'quarantine' && rows > 0) say('should be in quarantine');
    if ((refused || sent.due === 'refused') && rows > 0) say('was refused and is an event');
    if (refused && held === 0) say('was refused and is not in quarantine');
    if (acknowledged !== (sent.due !== 'refused') && (acknowledged || refused)) say('was answered wrongly');
  }
  for (const { reason } of quarantineOf(cloud.lake).values()) {
    if (!Object.hasOwn(REASONS, String(reason))) faults.push(`quarantine has the unknown reason ${reason}`);
  }
  return faults;
}

/** Distinct events of the clean stream, without those that lost to another body under the same id. */
function takenIn(cloud: Cloud): CleanEvent[] {
  const lost = new Set<string>();
  for (const { reason, original } of quarantineOf(cloud.lake).values()) {
    if (reason !== 'id_conflict') continue;
    const { owner, source_id, event_id, body_hash } = JSON.parse(String(original)) as CleanEvent;
    lost.add(`${eventKey({ owner, source_id, event_id })} ${body_hash}`);
  }
  const events = new Map<string, CleanEvent>();
  for (const event of eventsOnStream(cloud)) {
    const key = eventKey(event);
    if (!events.has(key) && !lost.has(`${key} ${event.body_hash}`)) events.set(key, event);
  }
  return [...events.values()];
}

function streamFaults(cloud: Cloud, events: readonly CleanEvent[]): string[] {
  const rows = eventsOf(cloud.lake);
  const keys = new Set(events.map(eventKey));
  return [
    ...events.filter((event) => !rows.has(eventKey(event))).map((event) => `${eventKey(event)} is not in the lake`),
    ...[...rows.keys()].filter((key) => !keys.has(key)).map((key) => `${key} is in the lake and on no stream`),
  ];
}

/** What nobody can read is in quarantine, and nothing is left that was given up. */
function leftovers(cloud: Cloud): string[] {
  const held = [...quarantineOf(cloud.lake).values()].map(({ original }) => String(original));
  const faults = cloud.garbage.filter((text) => !held.includes(text)).map((text) => `${text} is not in quarantine`);
  // Large records stay until they expire.
  const objects = [...cloud.bucket.objects.keys()].filter((key) => !key.startsWith(LARGE_PREFIX));
  if (objects.length > 0) faults.push(`the failures bucket still has ${objects.join(', ')}`);
  if (cloud.firing.deadLetters.size > 0) faults.push(`${cloud.firing.deadLetters.size} events stay in the queue`);
  return faults;
}

/** Persons, their profiles and every One ID that was ever told are what the whole evidence says. */
async function personFaults(
  cloud: Cloud,
  persons: ReadonlyMap<string, ExpectedPerson>,
  asked: Asked,
): Promise<string[]> {
  const { store, keys } = storedDocuments(cloud);
  const faults: string[] = [];
  for (const [key, { view }] of persons) {
    const state = await readPersonByKey(store, key);
    const stored = state && viewOf(state, asked);
    if (stored !== view) faults.push(`the person of ${key} is ${stored}, not ${view}`);
  }
  const documents = keys.filter((name) => name.startsWith(IDENTIFIER_DOCS));
  for (const [name, { body }] of await store.get(documents)) {
    const { key } = body as IdentifierDoc;
    if (!persons.has(key)) faults.push(`${key} was never seen and is stored`);
    if (identifierDocKey(key) !== name) faults.push(`${key} is stored as ${name}`);
  }
  const oneIds = new Map([...persons].map(([key, { one_id }]) => [key, one_id]));
  const rows = cloud.lake.rows('identity_map');
  const expected = { oneIds, views: new Map<string, string>(), timers: new Set<string>() };
  faults.push(...(await oneIdFaults(store, rows, expected)));
  faults.push(...personChangeFaults(cloud.lake.rows('person_changes'), rows, oneIds));
  return faults;
}

/** The lake says of persons what the store says. */
function lakeFaults(cloud: Cloud, persons: ReadonlyMap<string, ExpectedPerson>): string[] {
  const owners = currentOwners(cloud.lake);
  const faults: string[] = [];
  for (const [key, { one_id }] of persons) {
    const told = owners.get(key)?.one_id;
    if (told !== one_id) faults.push(`identity_map gives ${key} to ${told}, not to ${one_id}`);
  }
  const profiles = profilesOf(cloud.lake);
  const current = new Map([...persons.values()].map((person) => [person.one_id, person]));
  for (const [one_id, { members, events }] of current) {
    const row = profiles.get(one_id);
    const is = `${row?.events} events of ${row?.identifiers}`;
    const should = `${events} events of ${JSON.stringify([...members].sort())}`;
    if (is !== should) faults.push(`the profile of ${one_id} has ${is}, not ${should}`);
  }
  for (const one_id of profiles.keys()) if (!current.has(one_id)) faults.push(`the profile of ${one_id} is of nobody`);
  return faults;
}

/** Who can be told by a token can be reached through the vault. */
function vaultFaults(cloud: Cloud, events: readonly CleanEvent[]): string[] {
  const tokens = new Set(cloud.dynamo.all('vault').map(({ token }) => token?.S));
  const needed = new Set(
    events.flatMap(({ identifiers }) => identifiers.filter(({ type }) => type === 'phone').map(({ value }) => value)),
  );
  return [...needed].filter((token) => !tokens.has(token)).map((token) => `the vault does not have ${token}`);
}

/** Nothing that is personal or secret is in a log. */
function logFaults({ ledger, log }: Finished): string[] {
  const all = log.join('\n');
  const phones = [...ledger.values()].flatMap(
    ({ sent }) => /"phone":"(\d+)"/.exec(JSON.stringify(sent.body))?.[1] ?? [],
  );
  const secrets = [...phones, ...Object.values(SOURCES).map(({ source_id }) => keyOf(source_id))];
  return secrets.filter((secret) => all.includes(secret)).map((secret) => `${secret} is in a log`);
}
