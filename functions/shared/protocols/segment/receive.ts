import { CONTROL_TYPES } from '../../control-event.ts';
import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { inflated } from '../inflate.ts';
import { basicUser, gif, usableKeys } from '../parts.ts';
import type { Call, Payload, Receiver, Route } from '../protocol.ts';
import { parseBody } from './decode.ts';
import { rudderConfig, segmentSettings } from './sdk-config.ts';

const post = (path: string, name: string): Route => ({ methods: ['POST'], path, name });
const get = (path: string, name: string): Route => ({ methods: ['GET'], path, name });

const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;

/** The letter forms are those of Segment's browser SDK; `/beacon` and `/sourceConfig` are RudderStack's. */
const ROUTES: readonly Route[] = [
  ...[...TYPES, ...CONTROL_TYPES, 'batch'].map((type) => post(`/v1/${type}`, type)),
  ...[...TYPES, 'batch'].map((type) => post(`/v1/${type.charAt(0)}`, type)),
  post('/beacon/v1/batch', 'batch'),
  get('/v1/projects/{key}/settings', 'settings'),
  get('/sourceConfig', 'source_config'),
  get('/sourceConfig/', 'source_config'),
  ...TYPES.flatMap((type) => [get(`/v1/pixel/${type}`, `pixel_${type}`), get(`/pixel/v1/${type}`, `pixel_${type}`)]),
];

const PIXEL = 'pixel_';
const isPixel = ({ route }: Call): boolean => route.name.startsWith(PIXEL);

/** Segment's HTTP Tracking API, and RudderStack's, which speaks the same. */
export const receiver: Receiver = {
  name: 'segment',
  routes: ROUTES,
  duplicateKey: 'messageId',
  sentTime: 'sentAt',
  keys: ({ request, path }) => usableKeys(path.key, basicUser(request), request.query.writeKey),
  keysIn: ({ body }) => {
    const parsed = parseBody(body);
    if (isFinding(parsed)) return parsed;
    return usableKeys(isObject(parsed.value) ? parsed.value.writeKey : undefined);
  },
  open: async (call, { source, publicUrl }) => {
    const { route, request, path } = call;
    if (route.name === 'settings') return { reply: jsonResponse(200, segmentSettings(path.key ?? '', publicUrl)) };
    if (route.name === 'source_config') {
      const key = basicUser(request) ?? request.query.writeKey ?? '';
      if (source === undefined) return { reason: 'missing_key', field: '', detail: 'The request has no write key.' };
      return { reply: jsonResponse(200, rudderConfig(key, source)) };
    }
    if (isPixel(call)) return pixelPayload(call);
    const body = await inflated(request);
    return isFinding(body) ? body : { route: route.name, body, params: {} };
  },
  taken: (_, call) => (isPixel(call) ? gif() : undefined),
  failed: (_, call) => (isPixel(call) ? gif() : undefined),
};

/** `?data=<base64 of JSON>`, or `properties.subject=…` written out: always answered with the picture, as Segment does. */
function pixelPayload({ request, route }: Call): Payload {
  const { data, ...fields } = request.query;
  const body = data === undefined ? Buffer.from(JSON.stringify(nested(fields))) : Buffer.from(data, 'base64');
  return { route: route.name.slice(PIXEL.length), body, params: {} };
}

/** `{'properties.a': '1'}` → `{properties: {a: '1'}}`; names that would reach a prototype stay flat, and are refused later. */
function nested(fields: Readonly<Record<string, string>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const [head = '', ...rest] = name.split('.');
    if (rest.length === 0 || head === '__proto__') Object.defineProperty(root, name, plain(value));
    else {
      const within = Object.hasOwn(root, head) && isObject(root[head]) ? root[head] : {};
      Object.defineProperty(within, rest.join('.'), plain(value));
      Object.defineProperty(root, head, plain(within));
    }
  }
  return root;
}

const plain = (value: unknown): PropertyDescriptor => ({
  value,
  enumerable: true,
  configurable: true,
  writable: true,
});
