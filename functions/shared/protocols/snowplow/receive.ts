import type { ReasonCode } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import type { HttpResponse } from '../../http.ts';
import { isObject, objectOr } from '../../json.ts';
import { inflated } from '../inflate.ts';
import { gif, text, usableKeys } from '../parts.ts';
import type { Call, Payload, ReceiveDeps, Receiver, Route } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { networkUserCookie, networkUserId } from './network-user.ts';

const pixel = (path: string): Route => ({ methods: ['GET'], path, name: 'pixel' });

/** Reasons that are found once the body is stored: a tracker that is told of them would drop or repeat what is in quarantine. */
const STORED: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'invalid_utf8',
  'invalid_json',
  'invalid_payload',
  'too_many_events',
  'event_too_large',
]);

/** Of these a tracker can only send the same again, which it does at each flush for ever unless the status is one that it drops. */
const HOPELESS: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['body_too_large', 'decompressed_too_large']);
const DROPPED_STATUS = 422;

/** Applications that are looked up; a tracker has one. */
const MAX_APPS = 3;

/** Snowplow's trackers: payload_data in a POST, or one event in the query of a picture. */
export const receiver: Receiver = {
  name: 'snowplow',
  routes: [
    { methods: ['POST'], path: '/com.snowplowanalytics.snowplow/tp2', name: 'tp2' },
    pixel('/com.snowplowanalytics.snowplow/tp2'),
    pixel('/i'),
    pixel('/ice.png'),
  ],
  duplicateKey: 'eid',
  sentTime: 'stm',
  requestHeaders: ['sp-anonymous'],
  keys: ({ request }) => (request.method === 'POST' ? [] : usableKeys(request.query.aid)),
  keysIn: ({ body }) => {
    const parsed = parseBody(body);
    return isFinding(parsed) ? parsed : usableKeys(...appsIn(parsed.value));
  },
  open,
  taken: (_, call, deps) => answer(call, deps),
  failed: (finding, call) => {
    if (HOPELESS.has(finding.reason)) return text(DROPPED_STATUS, finding.detail);
    return STORED.has(finding.reason) ? answer(call) : undefined;
  },
};

const isAnonymous = ({ request }: Call): boolean => request.headers['sp-anonymous'] !== undefined;

async function open(call: Call): Promise<Payload | Exclude<Awaited<ReturnType<typeof inflated>>, Buffer>> {
  const { request } = call;
  const body =
    request.method === 'POST' ? await inflated(request) : Buffer.from(JSON.stringify({ data: [request.query] }));
  if (isFinding(body)) return body;
  if (isAnonymous(call)) return { route: 'tp2', body, params: {}, anonymous: true };
  const nuid = networkUserId(request);
  const userAgent = request.headers['user-agent']?.slice(0, 300);
  const params = { ...(nuid !== undefined && { nuid }), ...(userAgent !== undefined && { userAgent }) };
  return { route: 'tp2', body, params };
}

function appsIn(value: unknown): unknown[] {
  const { data } = objectOr(value);
  const apps = new Set<unknown>();
  for (const event of Array.isArray(data) ? data : []) {
    if (isObject(event) && typeof event.aid === 'string') apps.add(event.aid);
    if (apps.size === MAX_APPS) break;
  }
  return [...apps];
}

/** What Snowplow's collector answers, with the cookie by which it knows a browser on every site that sends to it. */
function answer(call: Call, deps?: ReceiveDeps): HttpResponse {
  const cookie = deps === undefined || isAnonymous(call) ? undefined : networkUserCookie(call.request, deps);
  const headers: Record<string, string> = cookie === undefined ? {} : { 'set-cookie': cookie };
  return call.request.method === 'POST' ? text(200, 'ok', headers) : gif(headers);
}
