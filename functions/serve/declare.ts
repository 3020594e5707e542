import type { ControlType, RawHead } from '../../schemas/event.ts';
import { MAX_ACTOR_CHARS, readDeclared } from '../shared/control-event.ts';
import { isFinding } from '../shared/finding.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { identifierKey } from '../shared/identifiers.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { operatorsSource } from '../shared/operators.ts';
import { encodeRaw } from '../shared/raw-record.ts';
import { StreamOverloaded } from '../shared/seams.ts';
import { checkEvent } from '../shared/segment-limits.ts';
import { parseTime } from '../shared/time.ts';
import { RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';

/** Room for 20 identifiers and a reason, several times over. */
const MAX_BODY_BYTES = 64 * 1024;
/** Shorter than a message id, so that the parts of a split can be numbered. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,90}$/;
const FIELDS: ReadonlySet<string> = new Set(['identifiers', 'reason', 'timestamp']);

/** What a caller declares, checked and with its identifiers understood. */
export interface Declaring {
  readonly by: string;
  readonly reason: string;
  /** As the caller wrote it; absent for now. */
  readonly timestamp?: unknown;
  /** The identifiers as the caller wrote them. */
  readonly entries: readonly unknown[];
  /** The same as canonical keys, in the same order. */
  readonly keys: readonly string[];
  /** The caller's `Idempotency-Key`, else a new id. */
  readonly id: string;
}

/**
 * Reads a declaration from a request. `as` is the type by whose rules its identifiers are counted.
 * @throws RequestError that names the field that is wrong
 */
export function readDeclaring(request: HttpRequest, as: ControlType, deps: ServeDeps): Declaring {
  const by = deps.callerOf(request)?.slice(0, MAX_ACTOR_CHARS);
  if (by === undefined || by.trim() === '') {
    throw new RequestError(403, 'caller_unknown', 'Nobody is signed in, so nobody would be answerable. Sign in.');
  }
  const body = bodyOf(request);
  const sent = { ...body, type: as, actor: by };
  const finding = checkEvent(sent, { route: as, bytes: request.body.byteLength, sender: 'secret' });
  if (finding) throw new RequestError(400, finding.reason, `${finding.field || 'The body'}: ${finding.detail}`);
  const { reason, timestamp } = body;
  if (timestamp !== undefined && parseTime(timestamp) === undefined) {
    throw new RequestError(400, 'invalid_time', '/timestamp: Send ISO 8601 with a zone, or none for now.');
  }
  const entries = Array.isArray(body.identifiers) ? body.identifiers : [];
  const context = { rules: deps.rules.rules, defaultRegion: deps.defaultRegion, token: deps.tokenise };
  const read = readDeclared(entries, context);
  if (isFinding(read)) throw new RequestError(400, read.reason, `${read.field}: ${read.detail}`);
  const keys = read.map(({ identifier }) => identifierKey(identifier));
  const when = timestamp === undefined ? {} : { timestamp };
  return { by, reason: String(reason), ...when, entries, keys, id: idOf(request, deps) };
}

function bodyOf(request: HttpRequest): JsonObject {
  if (request.body.byteLength > MAX_BODY_BYTES) {
    throw new RequestError(413, 'body_too_large', `The body has more than ${MAX_BODY_BYTES} bytes.`);
  }
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    body = undefined;
  }
  if (!isObject(body)) {
    throw new RequestError(400, 'invalid_json', 'Send JSON: {"identifiers": ["user_id:m1", …], "reason": "…"}.');
  }
  const extra = Object.keys(body).find((name) => !FIELDS.has(name));
  if (extra === undefined) return body;
  const message = `/${extra.slice(0, 40)}: There is no such field; the body takes ${[...FIELDS].join(', ')}.`;
  throw new RequestError(400, 'invalid_field', message);
}

function idOf({ headers }: HttpRequest, deps: ServeDeps): string {
  const key = headers['idempotency-key'];
  if (key === undefined) return `op_${deps.newId()}`;
  if (IDEMPOTENCY_KEY.test(key)) return key;
  throw new RequestError(400, 'invalid_idempotency_key', 'Idempotency-Key takes 1 to 90 printable ASCII characters.');
}

/** One event of a declaration, as a client would send it. */
export const eventOf = (
  { by, reason, timestamp }: Declaring,
  event: { type: ControlType; messageId: string; identifiers: readonly unknown[] },
): JsonObject => ({ ...event, reason, actor: by, ...(timestamp === undefined ? {} : { timestamp }) });

/**
 * Puts events on the raw stream, in one record: all of them or none. From there on they are events like any others: ordered,
 * replayed and audited as those are.
 * @throws RequestError 503 when the stream is full; then nothing was taken
 */
export async function takeIn(events: readonly JsonObject[], deps: ServeDeps): Promise<string> {
  const received_at = new Date(deps.clock.now()).toISOString();
  const request_id = deps.newId();
  const source = operatorsSource(deps.defaultRegion);
  const head: RawHead = { v: 1, protocol: 'segment', route: 'batch', source, request_id, received_at };
  try {
    await deps.raw.put(encodeRaw(head, Buffer.from(JSON.stringify({ batch: events }))));
  } catch (error) {
    if (!(error instanceof StreamOverloaded)) throw error;
    const message = 'The stream cannot take more now. Send it again after Retry-After, with an Idempotency-Key.';
    throw new RequestError(429, 'overloaded', message, error);
  }
  return received_at;
}

/**
 * `POST /api/identity/{bind,unbind,merge,unmerge,split}` with `{identifiers, reason, timestamp?}`: what a person who is answerable
 * says about identifiers. 202 once it is durable, with what was understood.
 */
export const declareIdentity =
  (type: ControlType) =>
  async (request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> => {
    const declaring = readDeclaring(request, type, deps);
    const { id, entries, keys, by, reason } = declaring;
    const received_at = await takeIn([eventOf(declaring, { type, messageId: id, identifiers: entries })], deps);
    return jsonResponse(202, { event_id: id, action: type, identifiers: keys, by, reason, received_at });
  };
