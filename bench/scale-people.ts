import { cleanRecord } from '../functions/clean/clean.ts';
import { identifierKey } from '../functions/shared/identifiers.ts';
import { oneId } from '../functions/shared/identity/resolve.ts';
import { encodeRaw } from '../functions/shared/raw-record.ts';
import { evidenceOf } from '../functions/stitch/evidence.ts';
import type { CleanEvent, Source } from '../schemas/event.ts';
import type { Identifier } from '../schemas/identifier.ts';
import sources from '../schemas/sources/retail.json' with { type: 'json' };
import { cleanDeps } from './stages.ts';
import { batchBodies, retailTraffic } from './traffic.ts';

/** The day on which the people of the scale benchmark come, epoch milliseconds. */
export const SCALE_DAY = Date.UTC(2026, 9, 1, 4);
const POOL_EVENTS = 2_000;

/** A visitor is an anonymous id alone; a member also signed in; a customer is in the CRM as well. */
export type ScaleKind = 'visitor' | 'member' | 'customer';

/** A person of the scale benchmark. Everything about it follows from its number. */
export interface ScalePerson {
  readonly kind: ScaleKind;
  readonly anonymous: Identifier;
  readonly member: Identifier;
  readonly phone: Identifier;
  readonly email: Identifier;
  readonly component: string;
}

/** 32 well-mixed bits of a number and a salt (the finaliser of MurmurHash3), so that keys come in no order. */
function mix(n: number, salt: number): number {
  let bits = Math.imul(n, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

const word = (n: number, salt: number): string => mix(n, salt).toString(16).padStart(8, '0');

/** Identifiers that each kind has. */
export const IDENTIFIERS: Readonly<Record<ScaleKind, number>> = { visitor: 1, member: 2, customer: 4 };

/** Kinds in the shares that a shop sees: 55, 30 and 15 %. Numbers below 2^31, each another person. */
export function scalePerson(n: number): ScalePerson {
  const share = mix(n, 0) % 100;
  const long = `${word(n, 1)}${word(n, 2)}${n.toString(16).padStart(8, '0')}`;
  const uuid = `${word(n, 3)}-${long.slice(0, 4)}-4${long.slice(4, 7)}-a${long.slice(7, 10)}-${long.slice(12)}`;
  return {
    kind: share < 55 ? 'visitor' : share < 85 ? 'member' : 'customer',
    anonymous: { type: 'anonymous_id', value: uuid },
    member: { type: 'user_id', value: `m${word(n, 4)}${n}` },
    phone: { type: 'phone', value: `t1.1.${word(n, 5)}${long}` },
    email: { type: 'email', value: `t1.1.${word(n, 6)}${long}` },
    component: `${word(n, 7)}${long.slice(16)}`,
  };
}

/** Identifiers that the web shop sees of a person, strongest first. */
export const webIdentifiers = ({ kind, member, anonymous }: ScalePerson): Identifier[] =>
  kind === 'visitor' ? [anonymous] : [member, anonymous];

/** The event as it would be of other identifiers, the strongest first. */
export function eventBy(event: CleanEvent, identifiers: Identifier[], event_id: string): CleanEvent {
  const [first] = identifiers;
  return { ...event, event_id, identifiers, owner: first === undefined ? '' : identifierKey(first) };
}

/** Clean events of the web shop's traffic, none of which says who it is. */
export function eventPool(): CleanEvent[] {
  const source = (sources as Source[]).find(({ source_id }) => source_id === 'web');
  if (!source) throw new Error('The source "web" does not ship any more; name another one.');
  const head = { v: 1 as const, protocol: 'segment' as const, route: 'batch', source, request_id: 'pool' };
  const received_at = new Date(SCALE_DAY).toISOString();
  const deps = cleanDeps();
  const bodies = batchBodies(retailTraffic({ start: SCALE_DAY - 60_000, events: POOL_EVENTS }), 100);
  const events = bodies.flatMap((body) => cleanRecord(encodeRaw({ ...head, received_at }, body), deps).events);
  return events.filter(({ type }) => type !== 'identify');
}

/** What a person did so far: `visits` events of the shop, for a customer also the import from the CRM. */
export function historyOf(person: ScalePerson, pool: readonly CleanEvent[], visits: number): CleanEvent[] {
  const web = pool
    .slice(0, visits)
    .map((event, at) => eventBy(event, webIdentifiers(person), `${event.event_id}${at}`));
  const [first] = web;
  if (person.kind !== 'customer' || first === undefined) return web;
  const { member, phone, email } = person;
  const imported = { ...first, type: 'identify' as const, name: 'identify', source_id: 'crm', verified: true };
  return [...web, eventBy(imported, [member, phone, email], `${first.event_id}-crm`)];
}

/**
 * Every name in a person's documents that is its own: identifiers, One IDs, its component, and what its known combinations
 * of identifiers are called. Those of two persons with the same history are in the same order.
 */
export function namesOf(person: ScalePerson, history: readonly CleanEvent[]): string[] {
  const identifiers = [person.anonymous, person.member, person.phone, person.email];
  const groups = [history[0], history.at(-1)].map((event) => (event ? evidenceOf(event).group : ''));
  return [
    ...identifiers.map(({ value }) => value),
    ...identifiers.map((identifier) => oneId(identifierKey(identifier))),
    person.component,
    ...groups,
  ];
}
