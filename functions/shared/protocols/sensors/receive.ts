import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type Finding, REASONS, type ReasonCode } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { type HttpResponse, jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { MAX_BODY_BYTES } from '../../segment-limits.ts';
import { inflated } from '../inflate.ts';
import { gif, usableKeys } from '../parts.ts';
import type { Call, Payload, Receiver, Reply, Route } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { invalidPayload } from '../signature.ts';
import { decode, UNREADABLE } from './decode.ts';
import { dryRun } from './dry-run.ts';

const inflate = promisify(gunzip);

/** The project that SensorsData's clients mean where they name none. */
const DEFAULT_PROJECT = 'default';
const MAX_DETAIL_CHARS = 500;

/** An address without a host name of its own begins with the stage's, `/v1`. A source's own path is taken for the first of these. */
const routesUnder = (base: string): Route[] => [
  { methods: ['GET', 'POST'], path: `${base}/sa`, name: 'records' },
  { methods: ['GET', 'POST'], path: `${base}/sa.gif`, name: 'records' },
  { methods: ['GET', 'POST'], path: `${base}/debug`, name: 'debug' },
  { methods: ['GET'], path: `${base}/mp_login`, name: 'mp_login' },
];

/** SensorsData's SDKs: pages, mini programs, apps and servers. The project stands for the source, or its write key does as the token. */
export const receiver: Receiver = {
  name: 'sensors',
  routes: ['', '/v1'].flatMap(routesUnder),
  duplicateKey: '_track_id with time, distinct_id and event; content',
  sentTime: '_flush_time',
  requestHeaders: ['dry-run'],
  keys: ({ request, route }) => {
    const named = usableKeys(request.query.token, request.query.project);
    return named.length === 0 && route.name === 'mp_login' ? [DEFAULT_PROJECT] : named;
  },
  keysIn: ({ body, route }) => {
    const parsed = route === UNREADABLE ? undefined : parseBody(body);
    const value = parsed === undefined || isFinding(parsed) ? undefined : parsed.value;
    const first: unknown = Array.isArray(value) ? value[0] : value;
    return usableKeys(...(isObject(first) ? [first.token, first.project] : []), DEFAULT_PROJECT);
  },
  open: async (call, { source }) => {
    if (call.route.name === 'mp_login') return loginWithoutSecret();
    const payload = await opened(call);
    const isDry = (call.request.headers['dry-run'] ?? '').trim().toLowerCase() === 'true';
    if (!isDry) return payload;
    if (source === undefined) {
      const detail = 'A dry run names its source in the address, as project or as token.';
      return { reason: 'missing_key', field: '', detail };
    }
    return { reply: dryRun(payload, decode(payload, source), source) };
  },
  taken: (_, call) => (call.route.name === 'debug' ? undefined : success(call)),
  failed: (finding, call) =>
    call.route.name !== 'debug' && STORED.has(finding.reason) ? success(call, finding) : undefined,
};

/**
 * What no repetition makes better, and is in quarantine already. A browser that sends in batches would send it for ever, and so would
 * a server, with all that comes after it.
 */
const STORED: ReadonlySet<string> = new Set<ReasonCode>([
  'invalid_payload',
  'invalid_utf8',
  'invalid_json',
  'invalid_gzip',
  'unsupported_encoding',
  'body_too_large',
  'decompressed_too_large',
  'too_many_events',
]);

/** An image tag waits for an image; all others read the status. */
const success = ({ request }: Call, refused?: Finding): HttpResponse =>
  isImage(request)
    ? gif()
    : jsonResponse(200, {
        success: refused === undefined,
        ...(refused && { reason: refused.reason, message: refused.detail, fix: REASONS[refused.reason].fix }),
      });

const isImage = ({ method, path, headers }: Call['request']): boolean =>
  method === 'GET' && (path.endsWith('.gif') || (headers.accept ?? '').startsWith('image/'));

/**
 * A mini program's code can be exchanged for an openid by whoever has the app's secret, which is not kept here. The SDK then goes on with
 * an id of its own, until the company's own login tells it the openid.
 */
const loginWithoutSecret = (): Reply => ({
  reply: jsonResponse(200, {
    success: false,
    message:
      'No openid: exchange the code on your own server, and give the SDK the openid with setOpenid or bindOpenid.',
  }),
});

/** The records of a request; where they cannot be had, its bytes as they came, with why. Those over the limit are cut there. */
async function opened({ request }: Call): Promise<Payload> {
  const body = await inflated(request);
  const records = isFinding(body) ? body : await recordsIn(body, request.query);
  if (!isFinding(records)) return { route: 'records', body: records, params: {} };
  const { reason, field, detail } = records;
  const bytes = request.body.byteLength > 0 ? request.body : Buffer.from(JSON.stringify(request.query));
  return {
    route: UNREADABLE,
    body: bytes.subarray(0, MAX_BODY_BYTES),
    params: { reason, field, detail: detail.slice(0, MAX_DETAIL_CHARS) },
  };
}

/** A form in the body, whatever its content type says, or the same in the query. JSON that nobody wrapped is taken as well. */
async function recordsIn(body: Buffer, query: Readonly<Record<string, string>>): Promise<Buffer | Finding> {
  const text = body.toString('utf8').trimStart();
  if (text.startsWith('[') || text.startsWith('{')) return body;
  const form = new URLSearchParams(text);
  const value = (name: string): string | undefined => form.get(name) ?? query[name];
  const data = value('data_list') ?? value('data');
  if (data === undefined || data === '') return invalidPayload('There is neither data nor data_list.', '/data');
  // A plus that nobody encoded has become a space.
  const base64 = data.trim().replaceAll(' ', '+');
  return checkSum(base64, value('ext') ?? value('crc')) ?? (await unwrapped(base64, value('gzip') ?? ''));
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

async function unwrapped(base64: string, gzip: string): Promise<Buffer | Finding> {
  if (gzip === '9') {
    return invalidPayload(
      'The records are encrypted (gzip=9). Switch encryption off in the SDK; TLS protects them.',
      '/gzip',
    );
  }
  if (!['', '0', '1'].includes(gzip)) return invalidPayload('gzip must be 0 or 1.', '/gzip');
  if (!BASE64.test(base64) || base64.replaceAll('=', '').length % 4 === 1) {
    return invalidPayload('The data is not base64; it may have been cut short.', '/data');
  }
  const bytes = Buffer.from(base64, 'base64');
  if (gzip !== '1' && !(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
  try {
    return await inflate(bytes, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    const detail = `The records have more than ${MAX_BODY_BYTES} bytes after gunzip.`;
    return isLarge
      ? { reason: 'decompressed_too_large', field: '/data', detail }
      : { reason: 'invalid_gzip', field: '/data', detail: 'The data is not valid gzip; it may have been cut short.' };
  }
}

const CRC = /^(?:crc=)?(-?\d{1,11})$/;

/** Java's `String.hashCode` of the base64 text, where the client sent it: what was cut on the way does not pass for the whole. */
function checkSum(base64: string, ext: string | undefined): Finding | undefined {
  const stated = CRC.exec(ext?.trim() ?? '')?.[1];
  if (stated === undefined || Number(stated) === javaHash(base64)) return undefined;
  return invalidPayload('The checksum does not fit the data: part of it was lost or changed on the way.', '/ext');
}

/** Signed 32 bit: h = 31 h + c over UTF-16 units. */
export function javaHash(text: string): number {
  let h = 0;
  for (let i = 0; i < text.length; i += 1) h = (Math.imul(31, h) + text.charCodeAt(i)) | 0;
  return h;
}
