import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import type { HttpResponse } from '../../http.ts';
import { jsonResponse } from '../../http.ts';
import { goneFor, hookRoute } from '../hooks.ts';
import { inflated } from '../inflate.ts';
import { basicUser, bearerToken, empty, usableKeys } from '../parts.ts';
import type { Call, Payload, Receiver } from '../protocol.ts';
import { invalidPayload } from '../signature.ts';
import { attributesOf } from './attributes.ts';

const MODE = /^\s*application\/cloudevents(-batch)?(?:\+([a-z0-9.-]+))?\s*(?:;|$)/i;
/** Types of data that properties can be made of. */
const READABLE = /^\s*(?:application\/(?:[a-z0-9.-]+\+)?json|text\/[a-z0-9.+-]+)\s*(?:;|$)/i;
const ORIGIN = /^[A-Za-z0-9.*:_/[\]-]{1,200}$/;
const REQUIRED = ['id', 'source', 'specversion', 'type'] as const;

/** CloudEvents 1.0 over HTTP: binary, structured, batched, with the abuse protection of their webhook specification. */
export const receiver: Receiver = {
  name: 'cloudevents',
  routes: [
    { methods: ['POST'], path: '/ce', name: 'event' },
    { methods: ['POST'], path: '/v1/ce', name: 'event' },
    { methods: ['POST'], path: '/ce/{key}', name: 'event' },
    { ...hookRoute('cloudevents'), name: 'event' },
  ],
  duplicateKey: 'source and id',
  sentTime: 'none',
  requestHeaders: ['ce-id', 'ce-source', 'ce-specversion', 'ce-type', 'ce-time', 'ce-subject'],
  keys,
  open,
  // Senders read the status alone: once something was taken, the rest waits in quarantine rather than coming again with it.
  taken: ({ accepted, refused }) =>
    accepted > 0 ? jsonResponse(200, { accepted, quarantined: refused.length }) : undefined,
  failed: goneFor,
  preflight,
};

/** The key wherever senders can put one; else the source that has the whole address for itself. */
function keys({ request, path }: Call): readonly string[] {
  const { headers, query } = request;
  const given = usableKeys(
    path.key,
    basicUser(request),
    bearerToken(request),
    headers['x-write-key'],
    query.access_token,
  );
  return given.length > 0 ? given : [`path:${request.path}`];
}

async function open({ request }: Call): Promise<Payload | Finding> {
  const type = request.headers['content-type'] ?? '';
  const mode = MODE.exec(type);
  if (mode !== null && mode[2]?.toLowerCase() !== 'json') return unsupported('Of CloudEvents, JSON is taken');
  const body = await inflated(request);
  if (isFinding(body)) return body;
  if (mode !== null) return { route: mode[1] === undefined ? 'structured' : 'batch', body, params: {} };
  const attributes = attributesOf(request);
  if (isFinding(attributes)) return attributes;
  const missing = REQUIRED.find((name) => !attributes[name]);
  if (!Object.keys(request.headers).some((name) => name.startsWith('ce-'))) {
    return unsupported('Without ce- headers, the Content-Type must be application/cloudevents+json');
  }
  if (missing !== undefined) return invalidPayload(`The header ce-${missing} is missing.`);
  if (body.byteLength > 0 && type !== '' && !READABLE.test(type)) return unsupported('Data is taken as JSON or text');
  return { route: 'binary', body, params: attributes };
}

const unsupported = (what: string): Finding => ({
  reason: 'unsupported_media_type',
  field: '',
  detail: `${what}; this Content-Type is not known.`,
});

/**
 * Says that events are welcome here: without it a careful sender sends none. Whether they are is decided by key, event by event; an address
 * to call back (`WebHook-Request-Callback`) is not called, since anybody could name one.
 */
function preflight({ request: { headers } }: Call): HttpResponse | undefined {
  const origin = headers['webhook-request-origin'];
  if (origin === undefined || !ORIGIN.test(origin)) return undefined;
  const rate = headers['webhook-request-rate'] ?? '';
  return empty(200, {
    allow: 'POST, OPTIONS',
    'webhook-allowed-origin': origin,
    'webhook-allowed-rate': /^[1-9]\d{0,8}$/.test(rate) ? rate : '*',
  });
}
