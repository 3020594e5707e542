import { isDeviceKey } from '../shared/devices.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { findPersons, type PersonState, readPersonByKey } from '../shared/person/read.ts';
import { WorkingSet } from '../shared/person/working-set.ts';
import { intParameter, RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { keyFromText } from './persons.ts';
import { asObjects } from './sql-rows.ts';

/** Identifiers seen on a shared device that are looked up; a kiosk has seen thousands. */
const MAX_LOOKED_UP = 200;

/** Somebody who was seen on a device, and by which of his identifiers. */
interface SeenOn {
  readonly one_id: string;
  readonly identifiers: string[];
}

/** What the evidence at hand says was seen together with an identifier, in order of key. */
function neighboursOf(key: string, { component }: PersonState): string[] {
  const found = new Set<string>();
  for (const { a, b } of [...(component?.evidence ?? []), ...(component?.external ?? [])]) {
    if (a === key && b !== key) found.add(b);
    if (b === key && a !== key) found.add(a);
  }
  return [...found].sort();
}

/** The persons behind some identifiers, without devices that are shared themselves. */
async function personsOf(keys: readonly string[], deps: ServeDeps): Promise<SeenOn[]> {
  const persons = new Map<string, SeenOn>();
  for (const [key, { person }] of await findPersons(keys, new WorkingSet(deps.store))) {
    if (person.shared) continue;
    const known = persons.get(person.one_id) ?? { one_id: person.one_id, identifiers: [] };
    known.identifiers.push(key);
    persons.set(person.one_id, known);
  }
  return [...persons.values()].sort((a, b) => (a.one_id < b.one_id ? -1 : 1));
}

/**
 * `GET /api/devices/<identifier>?limit=`: whether a device or browser is shared, with whom, who was signed in on it from when until
 * when (oldest first), and how many events belong to the device itself.
 */
export async function getDevice(
  request: HttpRequest,
  deps: ServeDeps,
  [text = '']: readonly string[],
): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const identifier = keyFromText(text, deps);
  if (!isDeviceKey(identifier)) {
    const message =
      'Name a device_id or an anonymous_id; who holds another identifier says GET /api/persons?identifier=.';
    throw new RequestError(400, 'not_a_device', message);
  }
  const state = await readPersonByKey(deps.store, identifier);
  if (!state) throw new RequestError(404, 'identifier_not_found', `"${identifier.slice(0, 120)}" was never seen.`);
  const { one_id, shared } = state.person;
  const neighbours = shared ? neighboursOf(identifier, state) : [];
  const ownership = await deps.sql.query(
    `SELECT owner, one_id, valid_from, valid_to, began_with, ended_with FROM device_ownership
     WHERE identifier = ? ORDER BY valid_from, owner LIMIT ${limit}`,
    [identifier],
  );
  const anonymous = await deps.sql.query('SELECT count(*) FROM events WHERE owner = ?', [identifier]);
  return jsonResponse(200, {
    identifier,
    one_id,
    shared,
    shared_with: await personsOf(neighbours.slice(0, MAX_LOOKED_UP), deps),
    shared_with_more: neighbours.length > MAX_LOOKED_UP,
    anonymous_events: Number(anonymous.rows[0]?.[0] ?? 0),
    ownership: asObjects(ownership),
  });
}
