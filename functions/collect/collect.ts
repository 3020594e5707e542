import type { Source } from '../../schemas/event.ts';
import type { Finding, ReasonCode } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import type { HttpRequest, HttpResponse } from '../shared/http.ts';
import { decoderOf } from '../shared/protocols/decoders.ts';
import { inflated } from '../shared/protocols/inflate.ts';
import type { Call, Payload, ReceiveDeps, RefusedEvent, Taken, Unpacked } from '../shared/protocols/protocol.ts';
import type { Clock, RawStream } from '../shared/seams.ts';
import { arrivalOf, checkEvent } from '../shared/segment-limits.ts';
import { answerEvents, refuse } from './answer.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { type Found, findRoutes, ownRoute } from './routes.ts';
import { authenticate, type SourceLookup, sourceOfPath, switchedOff } from './sources.ts';
import { store } from './store.ts';

/** What became of a request: for metrics and the live view. Never holds a key or personal data. */
export interface Observation {
  readonly source_id?: string;
  readonly protocol?: string;
  readonly accepted: number;
  readonly refused: readonly ReasonCode[];
  readonly status: number;
}

export interface CollectDeps extends SourceLookup {
  readonly clock: Clock;
  newRequestId(): string;
  readonly raw: RawStream;
  /** Where clients reach this collector, e.g. `https://collect.example.com`; told to SDKs that ask for settings. */
  readonly publicUrl?: string;
  /** The secrets of a source by name; absent where there are none at all. */
  secretsOf?(source_id: string): ReturnType<ReceiveDeps['secrets']>;
  random?(bytes: number): Buffer;
  observe?(observation: Observation): void;
}

/** A request with its route, and what is known about its sender so far. */
interface Exchange extends Found {
  readonly request: HttpRequest;
  readonly deps: CollectDeps;
  readonly call: Call;
  readonly receive: ReceiveDeps;
  /** The source that has the path for itself. */
  readonly owner: Source | undefined;
}

interface Outcome {
  readonly response: HttpResponse;
  readonly source?: Source | undefined;
  readonly protocol?: string;
  readonly accepted?: number;
  readonly refused?: readonly ReasonCode[];
}

/**
 * Takes a request of any protocol and answers as its client needs it. What counts as taken is so only after the raw stream has the
 * payload durably. An authenticated body within the size limit is stored whatever the answer, so that what was refused can
 * be seen in quarantine and fed in again.
 * @throws what `sourceByKey` and `raw.put` throw, except StreamOverloaded (429) and StreamUnavailable (503); the binding answers
 *   500 and SDKs retry.
 */
export async function collect(request: HttpRequest, deps: CollectDeps): Promise<HttpResponse> {
  const { response, source, protocol, accepted = 0, refused = [] } = await exchange(request, deps);
  deps.observe?.({
    ...(source && { source_id: source.source_id }),
    ...(protocol !== undefined && { protocol }),
    accepted,
    refused,
    status: response.status,
  });
  return response;
}

async function exchange(request: HttpRequest, deps: CollectDeps): Promise<Outcome> {
  const { origin } = request.headers;
  const reader = origin !== undefined && deps.isAllowedOrigin(origin) ? origin : undefined;
  const cors = corsHeaders(reader);
  const { routes, owner } = await routesOf(request, deps);
  const [first] = routes;
  if (first === undefined)
    return refusal({ reason: 'unknown_path', field: '', detail: 'There is no such path.' }, cors);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = routes.find(({ route }) => route.methods.some((taken) => taken === method));
  if (found === undefined && method === 'OPTIONS') {
    const own = first.receiver.preflight?.({ request, route: first.route, path: first.path });
    const headers = preflightHeaders(reader, routes);
    return { response: own === undefined ? { status: 204, headers, body: '' } : withHeaders(own, headers) };
  }
  if (found === undefined) {
    const methods = [...new Set(routes.flatMap(({ route }) => route.methods))].join(', ');
    const detail = `This path takes ${methods}, not ${request.method.slice(0, 20)}.`;
    return refusal({ reason: 'method_not_allowed', field: '', detail }, { ...cors, allow: `${methods}, OPTIONS` });
  }
  const call: Call = { request, route: found.route, path: found.path };
  const outcome = await take({ ...found, request, deps, call, receive: receiving(deps), owner });
  return { ...outcome, response: withHeaders(outcome.response, cors), protocol: found.receiver.name };
}

/** The routes of the path; where nobody listens, what a source that has this path for itself speaks. */
async function routesOf(
  { path, method }: HttpRequest,
  deps: CollectDeps,
): Promise<{ readonly routes: readonly Found[]; readonly owner: Source | undefined }> {
  const routes = findRoutes(path);
  if (routes.length > 0) return { routes, owner: undefined };
  const owner = await sourceOfPath(path, deps);
  const route = ownRoute(owner?.protocol, method === 'HEAD' ? 'GET' : method);
  return route === undefined ? { routes: [], owner: undefined } : { routes: [route], owner };
}

const receiving = ({ clock, secretsOf, publicUrl, random }: CollectDeps): ReceiveDeps => ({
  now: clock.now(),
  secrets: async (source_id) => (await secretsOf?.(source_id)) ?? {},
  publicUrl,
  random: random ?? (() => Buffer.alloc(0)),
});

const withHeaders = (response: HttpResponse, headers: Record<string, string>): HttpResponse => ({
  ...response,
  headers: { ...response.headers, ...headers },
});

async function take(exchange: Exchange): Promise<Outcome> {
  const { receiver, call, owner, receive, deps } = exchange;
  const keys = owner === undefined ? receiver.keys(call) : [];
  const early = owner ?? (keys.length > 0 ? await sender(keys, exchange) : undefined);
  if (early !== undefined && isFinding(early)) return failure(early, exchange);
  if (early?.disabled) return failure(switchedOff(early), exchange, early);
  const opened = await open(exchange, early);
  if (isFinding(opened)) return failure(opened, exchange, early);
  if ('reply' in opened) return { response: opened.reply, source: early };
  // Without a key in the head, an unreadable body has no key at all: it is not stored, and the answer names the cause.
  const within = early === undefined ? (receiver.keysIn?.(opened, call) ?? []) : [];
  if (isFinding(within)) return failure(within, exchange);
  const source = early ?? (await sender(within, exchange));
  if (isFinding(source)) return failure(source, exchange);
  const unpacked = decoderOf(receiver.name)?.(opened, source) ?? notDecoded(receiver.name);
  const stored = await store(opened, source, { ...exchange, raw: deps.raw, requestId: deps.newRequestId() });
  if (stored !== undefined) {
    const { response, ...rest } = failure(stored.finding, exchange, source);
    return { ...rest, response: withHeaders(response, { 'retry-after': String(stored.retryAfterSeconds) }) };
  }
  if (isFinding(unpacked)) return failure(unpacked, exchange, source);
  const taken = judge(unpacked, opened, { receiver: receiver.name, source });
  const response = (await receiver.taken?.(taken, call, { ...receive, source })) ?? answerEvents(taken);
  const refused = taken.refused.map(({ finding }) => finding.reason);
  return { response, source, accepted: taken.accepted, refused };
}

const sender = (keys: readonly string[], exchange: Exchange) => authenticate(keys, exchange, exchange.deps);

async function open({ receiver, call, receive }: Exchange, source: Source | undefined) {
  if (receiver.open !== undefined) return await receiver.open(call, { ...receive, source });
  const body = await inflated(call.request);
  return isFinding(body) ? body : { route: call.route.name, body, params: {} };
}

const notDecoded = (protocol: string): Finding => ({
  reason: 'internal_error',
  field: '',
  detail: `The protocol ${protocol} has no decoder.`,
});

/** Which events of a request are accepted. */
function judge(
  { items }: Unpacked,
  payload: Payload,
  { receiver, source }: { readonly receiver: string; readonly source: Source },
): Taken {
  const refused: RefusedEvent[] = [];
  const arrival = arrivalOf(receiver, payload, source);
  items.forEach((event, index) => {
    const finding = checkEvent(event, arrival);
    if (finding !== undefined) refused.push({ index, event, finding });
  });
  return { accepted: items.length - refused.length, refused, items };
}

const failure = (finding: Finding, { receiver, call }: Exchange, source?: Source): Outcome => ({
  response: receiver.failed?.(finding, call) ?? refuse(finding),
  source,
  refused: [finding.reason],
});

const refusal = (finding: Finding, headers: Record<string, string>): Outcome => ({
  response: withHeaders(refuse(finding), headers),
  refused: [finding.reason],
});
