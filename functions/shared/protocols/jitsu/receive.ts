import { isFinding } from '../../finding.ts';
import { jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { inflated } from '../inflate.ts';
import { basicUser, usableKeys } from '../parts.ts';
import type { Receiver } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';

/** A write key is `KEYID:SECRET`; browsers mask the second half in the body, so the first may stand for the source as well. */
const keyAndId = (key: unknown): unknown[] => (typeof key === 'string' ? [key, key.split(':', 1)[0]] : []);

/**
 * Jitsu's ingest: one event of Segment's shape for each request. Its client never sends again, and reads nothing but whether the
 * answer is JSON; a `destinations` in it would be run in the browser, so there is none.
 */
export const receiver: Receiver = {
  name: 'jitsu',
  routes: [
    { methods: ['POST'], path: '/api/s/{type}', name: 'event' },
    { methods: ['POST'], path: '/api/s/s2s/{type}', name: 'event' },
  ],
  duplicateKey: 'messageId',
  sentTime: 'sentAt',
  requestHeaders: ['x-enable-debug', 'x-ip-policy', 'x-jitsu-custom', 'cache-control'],
  keys: ({ request }) => usableKeys(...keyAndId(request.headers['x-write-key']), ...keyAndId(basicUser(request))),
  keysIn: ({ body }) => {
    const parsed = parseBody(body);
    if (isFinding(parsed)) return parsed;
    return usableKeys(...(isObject(parsed.value) ? keyAndId(parsed.value.writeKey) : []));
  },
  open: async ({ request, path }) => {
    const body = await inflated(request);
    return isFinding(body) ? body : { route: 'event', body, params: { type: path.type ?? '' } };
  },
  taken: ({ refused }) => (refused.length === 0 ? jsonResponse(200, { ok: true }) : undefined),
};
