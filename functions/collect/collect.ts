import type { Source } from '../../schemas/event.ts';
import type { Finding, ReasonCode } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { encodeRaw } from '../shared/raw-record.ts';
import { type Clock, type RawStream, StreamOverloaded, StreamUnavailable } from '../shared/seams.ts';
import { parseBody, unpack } from '../shared/segment-body.ts';
import { type Arrival, checkEvent } from '../shared/segment-limits.ts';
import { answerEvents, type RefusedEvent, refuse } from './answer.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { decodeBody } from './decode.ts';
import { findRoute, type Route } from './routes.ts';
import { rudderConfig, segmentSettings } from './sdk-config.ts';
import { keyInBody, keyInHead } from './write-key.ts';

/** What became of a request: for metrics and the live view. Never holds a key or personal data. */
export interface Observation {
  readonly source_id?: string;
  readonly accepted: number;
  readonly refused: readonly ReasonCode[];
  readonly status: number;
}

export interface CollectDeps {
  readonly clock: Clock;
  newRequestId(): string;
  sourceByKey(key: string): Promise<Source | undefined>;
  /** Exact match with the allow-list: of the source, or, in a preflight (which names none), of any source. */
  isAllowedOrigin(origin: string, source?: Source): boolean;
  readonly raw: RawStream;
  /** Where clients reach this collector, e.g. `https://collect.example.com`; told to SDKs that ask for settings. */
  readonly publicUrl?: string;
  observe?(observation: Observation): void;
}

/** A request with its route, and what is known about its sender so far. */
interface Exchange {
  readonly request: HttpRequest;
  readonly route: Route;
  readonly deps: CollectDeps;
  /** The origin that may read the answer. */
  readonly reader: string | undefined;
}

interface Outcome {
  readonly response: HttpResponse;
  readonly source?: Source;
  readonly accepted?: number;
  readonly refused?: readonly ReasonCode[];
}

/**
 * The Segment HTTP Tracking API: takes a request and answers what became of each event in it. 2xx only after the raw
 * stream has the body durably. An authenticated body within the size limit is stored whatever the answer, so that what
 * was refused can be seen in quarantine and fed in again.
 * @throws what `sourceByKey` and `raw.put` throw, except StreamOverloaded (429) and StreamUnavailable (503); the binding answers
 *   500 and SDKs retry.
 */
export async function collect(request: HttpRequest, deps: CollectDeps): Promise<HttpResponse> {
  const outcome = await exchange(request, deps);
  deps.observe?.({
    ...(outcome.source && { source_id: outcome.source.source_id }),
    accepted: outcome.accepted ?? 0,
    refused: outcome.refused ?? [],
    status: outcome.response.status,
  });
  return outcome.response;
}

async function exchange(request: HttpRequest, deps: CollectDeps): Promise<Outcome> {
  const { origin } = request.headers;
  const reader = origin !== undefined && deps.isAllowedOrigin(origin) ? origin : undefined;
  const route = findRoute(request.path);
  if (route === undefined) {
    return refusal({ reason: 'unknown_path', field: '', detail: 'There is no such path.' }, corsHeaders(reader));
  }
  if (request.method === 'OPTIONS') {
    return { response: { status: 204, headers: preflightHeaders(reader, route), body: '' } };
  }
  if (request.method !== route.method) {
    const detail = `This path takes ${route.method}, not ${request.method.slice(0, 20)}.`;
    const headers = { ...corsHeaders(reader), allow: `${route.method}, OPTIONS` };
    return refusal({ reason: 'method_not_allowed', field: '', detail }, headers);
  }
  return act({ request, route, deps, reader });
}

async function act(exchange: Exchange): Promise<Outcome> {
  const { request, route, deps } = exchange;
  const { action } = route;
  if (action.kind === 'events') return takeEvents(exchange, action.route);
  const key = action.kind === 'segment_settings' ? action.key : keyInHead(request);
  const source = await authenticate(key, exchange);
  if (isFinding(source)) return refusal(source, corsHeaders(exchange.reader));
  const body =
    action.kind === 'segment_settings' ? segmentSettings(action.key, deps.publicUrl) : rudderConfig(key ?? '', source);
  return { response: jsonResponse(200, body, corsHeaders(exchange.reader)), source };
}

async function takeEvents(exchange: Exchange, route: string): Promise<Outcome> {
  const { request } = exchange;
  const headers = corsHeaders(exchange.reader);
  const headKey = keyInHead(request);
  const early = headKey === undefined ? undefined : await authenticate(headKey, exchange);
  if (early !== undefined && isFinding(early)) return refusal(early, headers);
  const body = await decodeBody(request);
  if (isFinding(body)) return refusal(body, headers, early);
  const parsed = parseBody(body);
  // Without a key in the head, an unreadable body has no key at all: it is not stored, and the answer names the cause.
  if (early === undefined && isFinding(parsed)) return refusal(parsed, headers);
  const source = early ?? (await authenticate(isFinding(parsed) ? undefined : keyInBody(parsed.value), exchange));
  if (isFinding(source)) return refusal(source, headers);
  const judged = judge(parsed, { route, bytes: body.byteLength, sender: source.class });
  const stored = await store(exchange, { body, route, source });
  if (stored !== undefined) {
    return refusal(stored.finding, { ...headers, 'retry-after': String(stored.retryAfterSeconds) }, source);
  }
  if (isFinding(judged)) return refusal(judged, headers, source);
  const response = answerEvents(judged.accepted, judged.refused, headers);
  return { response, source, accepted: judged.accepted, refused: judged.refused.map(({ finding }) => finding.reason) };
}

/** The source of a key, if it may be used from where the request comes from. */
async function authenticate(key: string | undefined, { request, deps }: Exchange): Promise<Source | Finding> {
  if (key === undefined) return { reason: 'missing_key', field: '', detail: 'The request has no write key.' };
  const source = await deps.sourceByKey(key);
  if (source === undefined) return { reason: 'unknown_key', field: '', detail: 'The write key is not known.' };
  const { origin } = request.headers;
  if (origin === undefined || source.class === 'secret' || deps.isAllowedOrigin(origin, source)) return source;
  const detail = `The origin ${JSON.stringify(origin.slice(0, 200))} is not on the allow-list of this source.`;
  return { reason: 'origin_not_allowed', field: '', detail };
}

/** Which events of a parsed body are accepted, or why none is. */
function judge(
  parsed: ReturnType<typeof parseBody>,
  arrival: Arrival,
): { accepted: number; refused: RefusedEvent[] } | Finding {
  if (isFinding(parsed)) return parsed;
  const unpacked = unpack(parsed.value, arrival.route);
  if (isFinding(unpacked)) return unpacked;
  const refused: RefusedEvent[] = [];
  unpacked.items.forEach((event, index) => {
    const finding = checkEvent(event, arrival);
    if (finding !== undefined) refused.push({ index, event, finding });
  });
  return { accepted: unpacked.items.length - refused.length, refused };
}

/** Puts the body on the raw stream. Resolves with nothing once it is durable. */
async function store(
  { request, deps }: Exchange,
  { body, route, source }: { body: Buffer; route: string; source: Source },
): Promise<{ finding: Finding; retryAfterSeconds: number } | undefined> {
  const requestId = deps.newRequestId();
  const userAgent = request.headers['user-agent']?.slice(0, 300);
  const head = {
    v: 1 as const,
    protocol: 'segment' as const,
    route,
    source,
    request_id: requestId,
    received_at: new Date(deps.clock.now()).toISOString(),
    ...(request.ip !== undefined && { ip: request.ip }),
    ...(userAgent !== undefined && { user_agent: userAgent }),
  };
  try {
    // The request id is random, so requests spread evenly over the shards; order is made after clean, by owner.
    await deps.raw.put(encodeRaw(head, body), requestId);
    return undefined;
  } catch (error) {
    if (error instanceof StreamOverloaded) {
      const finding: Finding = { reason: 'overloaded', field: '', detail: 'The stream cannot take more now.' };
      return { finding, retryAfterSeconds: error.retryAfterSeconds };
    }
    if (!(error instanceof StreamUnavailable)) throw error;
    const finding: Finding = { reason: 'unavailable', field: '', detail: 'Nothing can be stored at the moment.' };
    return { finding, retryAfterSeconds: error.retryAfterSeconds };
  }
}

const refusal = (finding: Finding, headers: Record<string, string>, source?: Source): Outcome => ({
  response: refuse(finding, headers),
  ...(source && { source }),
  refused: [finding.reason],
});
