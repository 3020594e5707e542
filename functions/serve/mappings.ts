import type { MappingDefinition } from '../../schemas/mapping.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { compileMapping, MappingError } from '../shared/mapping/mapping.ts';
import { listMappings, MappingConflict, putMapping, readMapping } from '../shared/mapping/mapping-store.ts';
import { MAX_PREVIEW_EVENTS, previewMapping } from '../shared/mapping/preview.ts';
import { sourceOf } from '../shared/sources/definition.ts';
import { RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { asked, onlyFields, readSourceRequest } from './source-requests.ts';

type Groups = readonly string[];

const FIELDS = ['title', 'owner', 'purpose', 'expression', 'tables'] as const;

/** `GET /api/mappings`: the version in force of each. */
export async function getMappings(_: HttpRequest, { store }: ServeDeps): Promise<HttpResponse> {
  return jsonResponse(200, { mappings: await listMappings(store) });
}

/** `GET /api/mappings/{name}`: the versions that are kept, the one in force last. */
export async function getMapping(_: HttpRequest, { store }: ServeDeps, [name = '']: Groups): Promise<HttpResponse> {
  const { versions } = await readMapping(store, name);
  if (versions.length === 0) throw new RequestError(404, 'not_found', `There is no mapping "${name.slice(0, 60)}".`);
  return jsonResponse(200, { versions });
}

/** `PUT /api/mappings/{name}` with title, owner, purpose, expression, tables and a reason: puts the next version in force. */
export async function changeMapping(request: HttpRequest, deps: ServeDeps, [name = '']: Groups): Promise<HttpResponse> {
  const { asking, fields } = readSourceRequest(request, deps);
  onlyFields(fields, FIELDS);
  const at = new Date(deps.clock.now()).toISOString();
  const definition = { ...fields, mapping: name } as Omit<MappingDefinition, 'version'>;
  const stored = await refused(() => putMapping(deps.store, definition, { at, by: asking.by, why: asking.why }));
  return jsonResponse(200, { mapping: stored });
}

/**
 * `POST /api/mappings/preview` with `{definition}` or `{mapping}`, `source`, and `events` or `last`: what it would make of them. `last`
 * takes the newest events that the source sent, where the deployment keeps them at hand.
 */
export async function previewOf(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const body = bodyOf(request);
  onlyFields(body, ['definition', 'mapping', 'source', 'events', 'last']);
  const { source: id } = body;
  if (typeof id !== 'string')
    throw new RequestError(400, 'invalid', '/source: Name the source that the events are of.');
  const source = sourceOf((await asked(() => deps.sourceDesk.get(id))).definition);
  const mapping = await refused(async () => compileMapping(await definitionOf(body, deps)));
  const events = await eventsOf(body, id, deps);
  const received_at = new Date(deps.clock.now()).toISOString();
  return jsonResponse(200, await previewMapping(mapping, events, { source, received_at }));
}

function bodyOf({ body }: HttpRequest): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new RequestError(400, 'invalid_json', 'Send a JSON object with the mapping, the source, and its events.');
}

async function definitionOf({ definition, mapping }: JsonObject, { store }: ServeDeps): Promise<unknown> {
  if (isObject(definition)) return { mapping: 'preview', version: 1, ...definition };
  if (typeof mapping !== 'string')
    throw new RequestError(400, 'invalid', '/definition: Send a definition, or name a mapping.');
  const current = (await readMapping(store, mapping)).versions.at(-1);
  if (current) return current.definition;
  throw new RequestError(404, 'not_found', `There is no mapping "${mapping.slice(0, 60)}".`);
}

async function eventsOf({ events, last }: JsonObject, source: string, deps: ServeDeps): Promise<readonly unknown[]> {
  if (Array.isArray(events)) {
    if (events.length <= MAX_PREVIEW_EVENTS) return events;
    throw new RequestError(400, 'invalid', `/events: At most ${MAX_PREVIEW_EVENTS} events are looked at.`);
  }
  if (typeof last !== 'number' || !Number.isInteger(last) || last < 1 || last > MAX_PREVIEW_EVENTS) {
    throw new RequestError(
      400,
      'invalid',
      `/last: A number from 1 to ${MAX_PREVIEW_EVENTS}, or send the events themselves.`,
    );
  }
  if (deps.lastEvents) return await deps.lastEvents(source, last);
  const message =
    'This deployment keeps requests in its archive alone, which is not read for a preview: send the events themselves, as "events".';
  throw new RequestError(501, 'not_at_hand', message);
}

async function refused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MappingError) throw new RequestError(400, 'invalid', error.message);
    if (error instanceof MappingConflict) throw new RequestError(409, 'conflict', error.message);
    throw error;
  }
}
