import { MAX_ACTOR_CHARS, MAX_WHY_CHARS } from '../shared/control-event.ts';
import type { HttpRequest } from '../shared/http.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { type Asking, MAX_OVERLAP_MS } from '../shared/sources/desk.ts';
import { SourceError, type SourceErrorCode } from '../shared/sources/error.ts';
import { RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';

/** Room for a definition with all its aliases and origins. */
const MAX_BODY_BYTES = 64 * 1024;
const MS_PER_HOUR = 3_600_000;
/** A week, in which most senders learn of a new key. */
const DEFAULT_OVERLAP_HOURS = 168;

/** A change that somebody asks for. */
export interface SourceRequest {
  readonly asking: Asking;
  /** The body without the reason. */
  readonly fields: JsonObject;
}

/** @throws RequestError that names the field that is wrong */
export function readSourceRequest(request: HttpRequest, deps: ServeDeps): SourceRequest {
  const by = deps.callerOf(request)?.slice(0, MAX_ACTOR_CHARS);
  if (by === undefined || by.trim() === '') {
    throw new RequestError(403, 'caller_unknown', 'Nobody is signed in, so nobody would be answerable. Sign in.');
  }
  const { reason, ...fields } = bodyOf(request);
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > MAX_WHY_CHARS) {
    throw new RequestError(400, 'invalid', `/reason: Say why, in 1 to ${MAX_WHY_CHARS} characters; it is kept.`);
  }
  return { asking: { by, why: reason }, fields };
}

function bodyOf({ body, query }: HttpRequest): JsonObject {
  if (body.byteLength > MAX_BODY_BYTES) {
    throw new RequestError(413, 'body_too_large', `The body has more than ${MAX_BODY_BYTES} bytes.`);
  }
  // Not every client sends a body with DELETE.
  if (body.byteLength === 0 && query.reason !== undefined) return { reason: query.reason };
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new RequestError(400, 'invalid_json', 'Send a JSON object with the fields and a "reason".');
}

/** Refuses what the route does not know. @throws RequestError */
export function onlyFields(fields: JsonObject, known: readonly string[]): void {
  const extra = Object.keys(fields).find((name) => !known.includes(name));
  if (extra === undefined) return;
  const takes = [...known, 'reason'].join(', ');
  throw new RequestError(400, 'invalid', `/${extra.slice(0, 40)}: There is no such field; the body takes ${takes}.`);
}

/** How long what is replaced goes on counting, in ms; a week unless it is said. @throws RequestError */
export function overlapOf({ overlap_hours = DEFAULT_OVERLAP_HOURS }: JsonObject): number {
  const ms = typeof overlap_hours === 'number' ? overlap_hours * MS_PER_HOUR : Number.NaN;
  if (ms >= 0 && ms <= MAX_OVERLAP_MS) return ms;
  throw new RequestError(400, 'invalid', `/overlap_hours: A number from 0 to ${MAX_OVERLAP_MS / MS_PER_HOUR}.`);
}

const STATUS: Readonly<Record<SourceErrorCode, number>> = { invalid: 400, not_found: 404, taken: 409, conflict: 409 };

/** What the desk refuses, as an answer. @throws RequestError, or what `work` threw */
export async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    throw new RequestError(STATUS[error.code], error.code === 'invalid' ? 'invalid' : error.code, error.message);
  }
}
