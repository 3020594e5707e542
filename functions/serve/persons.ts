import type { LakeRow } from '../../schemas/lake.ts';
import type { Person } from '../../schemas/profile.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { identifierKey, normaliseIdentifier, parseIdentifierKey } from '../shared/identifiers.ts';
import { isObject } from '../shared/json.ts';
import { type PersonState, readPersonById, readPersonByKey, tokensOf, viewPerson } from '../shared/person/read.ts';
import { isToken } from '../shared/tokens.ts';
import { intParameter, RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';

/** Room for the longest identifier several times over. */
const MAX_SEARCH_BYTES = 4096;
const MAX_SEARCHED = 10;

/**
 * The key of an identifier written as `type[:scope]:value`, raw (`phone:13800138000`) or as stored (`phone:t1.…`).
 * @throws RequestError 400
 */
export function keyFromText(text: string, deps: ServeDeps): string {
  const parsed = parseIdentifierKey(text, deps.rules.rules);
  if ('reason' in parsed) throw new RequestError(400, 'invalid_identifier', parsed.detail);
  if (deps.rules.types.get(parsed.type)?.personal && isToken(parsed.value)) return identifierKey(parsed);
  const named = { rules: deps.rules.rules, defaultRegion: deps.defaultRegion, token: deps.tokenise };
  // What is blocked now may have been taken in before, and whoever blocked it wants to look at it.
  const context = { ...named, allowBlocked: true };
  const normalised = normaliseIdentifier(parsed, context);
  if ('reason' in normalised) throw new RequestError(400, normalised.reason, normalised.detail);
  return identifierKey(normalised.identifier);
}

/** A person as the caller may see it. */
async function viewOf(state: PersonState, deps: ServeDeps): Promise<Person> {
  const tokens = deps.vault ? tokensOf(state) : [];
  const revealed = deps.vault && tokens.length > 0 ? await deps.vault.reveal(tokens) : new Map<string, string>();
  const { definitions, rules, clock } = deps;
  return viewPerson(state, { definitions, rules, now: clock.now(), revealed });
}

const answerPerson = async (state: PersonState, deps: ServeDeps): Promise<HttpResponse> =>
  jsonResponse(200, await viewOf(state, deps));

/**
 * `POST /api/persons/search` with `{identifiers}`: who holds any of them, in their order, each person once. As
 * `GET /api/persons?identifier=`, for values that belong in no URL: addresses end up in histories and in the logs of proxies,
 * bodies do not. Whoever does not know what a value is names it as several types; those that it cannot be are passed over.
 */
export async function searchPersons(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const keys: string[] = [];
  let refused: unknown;
  for (const text of searchedFor(request)) {
    try {
      keys.push(keyFromText(text, deps));
    } catch (error) {
      refused ??= error;
    }
  }
  if (keys.length === 0) throw refused;
  const found = new Map<string, PersonState>();
  for (const key of keys) {
    const state = await readPersonByKey(deps.store, key);
    if (state && !found.has(state.person.one_id)) found.set(state.person.one_id, state);
  }
  const persons = await Promise.all(Array.from(found.values(), (state) => viewOf(state, deps)));
  return jsonResponse(200, { persons });
}

/** @throws RequestError 400, 413 */
function searchedFor(request: HttpRequest): string[] {
  if (request.body.byteLength > MAX_SEARCH_BYTES) {
    throw new RequestError(413, 'body_too_large', `The body has more than ${MAX_SEARCH_BYTES} bytes.`);
  }
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    body = undefined;
  }
  const texts = isObject(body) && Array.isArray(body.identifiers) ? body.identifiers : [];
  const good = texts.filter((text) => typeof text === 'string');
  if (good.length === texts.length && good.length >= 1 && good.length <= MAX_SEARCHED) return good;
  const message = `Send JSON with 1 to ${MAX_SEARCHED} identifiers as text: {"identifiers": ["phone:13800138000"]}.`;
  throw new RequestError(400, 'invalid_field', message);
}

/** @throws RequestError 404 for an id that was never given */
export async function personById(id: string, deps: ServeDeps): Promise<PersonState> {
  const state = await readPersonById(deps.store, id);
  if (!state) throw new RequestError(404, 'person_not_found', `No person ever had the id "${id.slice(0, 80)}".`);
  return state;
}

/** `GET /api/persons?identifier=…`, or without it the persons seen last. */
export async function findPersons(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const text = request.query.identifier;
  if (text !== undefined) {
    const state = await readPersonByKey(deps.store, keyFromText(text, deps));
    // The value is not repeated: it may be a telephone number.
    if (!state) throw new RequestError(404, 'person_not_found', 'No person has this identifier.');
    return answerPerson(state, deps);
  }
  const limit = intParameter(request.query, 'limit', { min: 1, max: 500, fallback: 50 });
  const { columns, rows } = await deps.sql.query(
    `SELECT one_id, shared, first_seen, last_seen, events, identifiers, basic, tags FROM profiles ORDER BY last_seen DESC, one_id LIMIT ${limit}`,
  );
  const persons = rows.map((values) => {
    const row = Object.fromEntries(columns.map((name, index) => [name, values[index]])) as LakeRow;
    const basic = JSON.parse(String(row.basic)) as Record<string, { value: unknown }>;
    return {
      ...row,
      identifiers: JSON.parse(String(row.identifiers)),
      basic: undefined,
      name: basic.name?.value,
      tags: JSON.parse(String(row.tags)),
    };
  });
  return jsonResponse(200, { persons });
}

/** `GET /api/persons/<one_id>`: a merged id answers with the person it became part of. */
export const getPerson = async (_: HttpRequest, deps: ServeDeps, [id = '']: readonly string[]): Promise<HttpResponse> =>
  answerPerson(await personById(id, deps), deps);

/** `GET /api/persons/<one_id>/events`, newest first. */
export async function getPersonEvents(
  request: HttpRequest,
  deps: ServeDeps,
  [id = '']: readonly string[],
): Promise<HttpResponse> {
  const state = await personById(id, deps);
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const { members } = state.person;
  const marks = members.map(() => '?').join(', ');
  const { columns, rows } = await deps.sql.query(
    `SELECT event_id, type, name, channel, source_id, verified, occurred_at, received_at, owner, properties, traits, flags
     FROM events WHERE owner IN (${marks}) ORDER BY occurred_at DESC, event_id LIMIT ${limit}`,
    members,
  );
  const json = new Set(['properties', 'traits', 'flags']);
  const events = rows.map((values) =>
    Object.fromEntries(
      columns.map((name, index) => [name, json.has(name) ? JSON.parse(String(values[index])) : values[index]]),
    ),
  );
  return jsonResponse(200, { one_id: state.person.one_id, events });
}
