import { isFinding } from '../../finding.ts';
import { type HttpResponse, jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { inflated } from '../inflate.ts';
import { bearerToken, usableKeys } from '../parts.ts';
import type { Call, Receiver, Route, Taken } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { uuidOf } from './decode.ts';

/** Its clients send slashes at the end, and need them answered. */
const both = (path: string, name: string): Route[] => [
  { methods: ['POST'], path, name },
  { methods: ['POST'], path: `${path}/`, name },
];

const ROUTES: readonly Route[] = [
  ...['/batch', '/e', '/capture', '/i/v0/e', '/track'].flatMap((path) => both(path, 'capture')),
  ...both('/i/v1/analytics/events', 'v1'),
  ...['/flags', '/decide'].flatMap((path) => both(path, 'flags')),
  { methods: ['GET'], path: '/array/{key}/config', name: 'config' },
  { methods: ['GET'], path: '/array/{key}/config.js', name: 'config_js' },
];

/** What its browser library asks before it begins: nothing is recorded, no flags, no surveys. */
const CONFIG = {
  supportedCompression: ['gzip', 'gzip-js', 'base64'],
  analytics: { endpoint: '/e/' },
  hasFeatureFlags: false,
  sessionRecording: false,
  surveys: false,
  heatmaps: false,
  capturePerformance: false,
  autocaptureExceptions: false,
  siteApps: [],
  isAuthenticated: false,
};

const NO_FLAGS = { flags: {}, featureFlags: {}, featureFlagPayloads: {}, errorsWhileComputingFlags: false };

/** PostHog's capture, batch and v1 endpoints. */
export const receiver: Receiver = {
  name: 'posthog',
  routes: ROUTES,
  duplicateKey: 'uuid',
  sentTime: 'sent_at, the header PostHog-Request-Timestamp, or $time and offset',
  requestHeaders: ['posthog-sdk-info', 'posthog-attempt', 'posthog-request-id', 'posthog-request-timestamp'],
  keys: (call) => usableKeys(keyInPath(call), bearerToken(call.request), call.request.query.api_key),
  keysIn: ({ body }) => {
    const parsed = parseBody(body);
    return isFinding(parsed) ? parsed : keysInBody(parsed.value);
  },
  open: async (call) => {
    const { route, request } = call;
    if (route.name === 'config') return { reply: jsonResponse(200, CONFIG) };
    if (route.name === 'config_js') return { reply: script(keyInPath(call) ?? '') };
    if (route.name === 'flags') return { reply: jsonResponse(200, NO_FLAGS) };
    const body = await opened(call);
    if (!Buffer.isBuffer(body)) return body;
    const sentAt = request.headers['posthog-request-timestamp']?.slice(0, 40);
    const params: Record<string, string> = sentAt === undefined ? {} : { sent_at: sentAt };
    return { route: route.name, body, params };
  },
  // Other statuses than 200 lose events of the web library, and repeat those of the server's; quarantine has what was refused.
  taken: (taken, { route }) => jsonResponse(200, route.name === 'v1' ? resultsOf(taken) : { status: 'Ok' }),
};

/** The key in the path names a project that may be anything: these routes tell nothing, so nobody is asked for a source. */
const keyInPath = ({ path }: Call): string | undefined => path.key?.replace(/\.js$/, '');

function keysInBody(value: unknown): string[] {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (!isObject(first)) return [];
  const event: unknown = Array.isArray(first.batch) ? first.batch[0] : first;
  const properties = isObject(event) && isObject(event.properties) ? event.properties : {};
  return usableKeys(first.api_key, first.token, properties.token);
}

/** JSON, gzip of it under any content type, or a form with `data=` in base64. */
async function opened({ request }: Call): ReturnType<typeof inflated> {
  const body = await inflated(request);
  if (isFinding(body) || body[0] === 0x7b || body[0] === 0x5b) return body;
  const text = body.toString('latin1');
  const data = text.startsWith('data=') ? new URLSearchParams(text).get('data') : text;
  if (data === null || !BASE64.test(data)) return body;
  // URLSearchParams reads an open plus as a space.
  return await inflated({ headers: {}, body: Buffer.from(data.replaceAll(' ', '+'), 'base64') });
}

/** No two parts of it take the same character: with spaces in two of them, it would try each way of sharing them out. */
const BASE64 = /^[A-Za-z0-9+/ _-]{4,}={0,2}[\r\n\t]*$/;

const script = (key: string): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'text/javascript; charset=utf-8' },
  body: `(function(){window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{};window._POSTHOG_REMOTE_CONFIG[${scriptText(key)}]={config:${JSON.stringify(CONFIG)},siteApps:[]}})();`,
});

const scriptText = (text: string): string => JSON.stringify(text).replaceAll('<', '\\u003c');

/** What each event came to: what is refused is dropped by its sender, since sending it again would change nothing. */
function resultsOf({ items, refused }: Taken): object {
  const reasons = new Map(refused.map(({ index, finding }) => [index, finding]));
  const results = Object.fromEntries(
    items.flatMap((item, index) => {
      const uuid = uuidOf(item);
      const finding = reasons.get(index);
      if (uuid === undefined) return [];
      return [[uuid, finding ? { result: 'drop', details: finding.detail } : { result: 'ok' }]];
    }),
  );
  return { results };
}
