import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { activityOf } from '../shared/sources/definition.ts';
import type { NewKey } from '../shared/sources/desk.ts';
import { MAX_SECRET_BYTES } from '../shared/sources/secrets.ts';
import { connecting } from '../shared/sources/snippets.ts';
import type { StoredSource } from '../shared/sources/store.ts';
import { rankingOf, viewOf } from '../shared/sources/view.ts';
import { intParameter, RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { activityBySource } from './source-activity.ts';
import { asked, onlyFields, overlapOf, readSourceRequest } from './source-requests.ts';

type Groups = readonly string[];

/** Nothing between here and the caller may keep an answer with a key in it. */
const PRIVATE = { 'cache-control': 'no-store' };

/**
 * `GET /api/sources?activity=1`: all sources, and the order that their priorities give them for survivorship. With `activity`, also what
 * each has sent, which takes two queries of the lake; an activity that nobody declared is then the measured one.
 */
export async function listSources({ query }: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const { sourceDesk, clock } = deps;
  const found = await sourceDesk.list();
  const now = clock.now();
  const activity = query.activity === '1' ? await activityBySource(deps) : undefined;
  const sources = found.map((source) => {
    const sent = activity?.(source.definition.source_id);
    return { ...viewOf(source, now, sent && activityOf(sent.events_per_day)), ...(sent && { sent }) };
  });
  return jsonResponse(200, { sources, ranking: rankingOf(sources), protocols: sourceDesk.protocols });
}

/** `GET /api/sources/{id}?limit=`: one source, what to paste where, and who changed what, newest first. */
export async function getSource(request: HttpRequest, deps: ServeDeps, [id = '']: Groups): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 200, fallback: 50 });
  const source = await asked(() => deps.sourceDesk.get(id));
  const changes = await deps.sourceDesk.changes(id, limit);
  return jsonResponse(200, { source: viewOf(source, deps.clock.now()), connect: connect(source, deps), changes });
}

/** `POST /api/sources`: a new source, from a definition and a reason. The only answer with its key in it. */
export async function createSource(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const { asking, fields } = readSourceRequest(request, deps);
  return keyAnswer(201, await asked(() => deps.sourceDesk.create(fields, asking)), deps);
}

/** `PATCH` or `POST /api/sources/{id}`: replaces the fields that are given; `null` takes one away. */
export async function changeSource(request: HttpRequest, deps: ServeDeps, [id = '']: Groups): Promise<HttpResponse> {
  const { asking, fields } = readSourceRequest(request, deps);
  return answer(await asked(() => deps.sourceDesk.change(id, fields, asking)), deps);
}

/** `POST /api/sources/{id}/disable` and `…/enable`. */
export const switchSource =
  (how: 'disable' | 'enable') =>
  async (request: HttpRequest, deps: ServeDeps, [id = '']: Groups): Promise<HttpResponse> => {
    const { asking, fields } = readSourceRequest(request, deps);
    onlyFields(fields, []);
    return answer(await asked(() => deps.sourceDesk[how](id, asking)), deps);
  };

/** `POST /api/sources/{id}/keys` with `{overlap_hours?, reason}`: a new key, shown once; the others end after the overlap. */
export async function rotateKey(request: HttpRequest, deps: ServeDeps, [id = '']: Groups): Promise<HttpResponse> {
  const { asking, fields } = readSourceRequest(request, deps);
  onlyFields(fields, ['overlap_hours']);
  return keyAnswer(201, await asked(() => deps.sourceDesk.rotate(id, overlapOf(fields), asking)), deps);
}

/** `DELETE /api/sources/{id}/keys/{key}`: refused from now on. */
export async function removeKey(
  request: HttpRequest,
  deps: ServeDeps,
  [id = '', key = '']: Groups,
): Promise<HttpResponse> {
  const { asking } = readSourceRequest(request, deps);
  return answer(await asked(() => deps.sourceDesk.removeKey(id, key, asking)), deps);
}

/** `PUT /api/sources/{id}/secrets/{name}` with `{value, overlap_hours?, reason}`: what a platform signs with; never shown again. */
export async function putSecret(
  request: HttpRequest,
  deps: ServeDeps,
  [id = '', name = '']: Groups,
): Promise<HttpResponse> {
  const { asking, fields } = readSourceRequest(request, deps);
  onlyFields(fields, ['value', 'overlap_hours']);
  const { value } = fields;
  if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) > MAX_SECRET_BYTES) {
    throw new RequestError(400, 'invalid', `/value: Send the secret as text of 1 to ${MAX_SECRET_BYTES} bytes.`);
  }
  const secret = { name, value, overlapMs: overlapOf(fields) };
  return answer(await asked(() => deps.sourceDesk.putSecret(id, secret, asking)), deps);
}

/** `DELETE /api/sources/{id}/secrets/{name}`: all secrets of that name. */
export async function removeSecret(
  request: HttpRequest,
  deps: ServeDeps,
  [id = '', name = '']: Groups,
): Promise<HttpResponse> {
  const { asking } = readSourceRequest(request, deps);
  return answer(await asked(() => deps.sourceDesk.removeSecret(id, name, asking)), deps);
}

const answer = (source: StoredSource, { clock }: ServeDeps): HttpResponse =>
  jsonResponse(200, { source: viewOf(source, clock.now()) }, PRIVATE);

const keyAnswer = (status: number, { source, key, stored }: NewKey, deps: ServeDeps): HttpResponse =>
  jsonResponse(
    status,
    { source: viewOf(source, deps.clock.now()), key, key_id: stored.id, connect: connect(source, deps, key) },
    PRIVATE,
  );

/** What to paste; where the key is not at hand, a place for it. */
const connect = ({ definition }: StoredSource, { collectUrl }: ServeDeps, key?: string) =>
  connecting(definition, { url: collectUrl, key });
