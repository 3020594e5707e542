import type { ReasonCode } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { isObject } from '../../json.ts';
import { inflated } from '../inflate.ts';
import { empty, usableKeys } from '../parts.ts';
import type { Call, Payload, Receiver } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { isoTime } from '../shape.ts';
import { readQuery, unpackBody, unpackImage } from './open.ts';

/** Reasons that are found once the body is stored: it is in quarantine, and sending it again would put it there twice. */
const STORED: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'invalid_utf8',
  'invalid_json',
  'invalid_payload',
  'too_many_events',
]);

/** Data sources that are looked up; a batch has one. */
const MAX_SOURCES = 3;

const ACCEPTED = empty(204);

/** GrowingIO's collection API, version 3: web, mini programs, apps, and the Java SDK for servers. */
export const receiver: Receiver = {
  name: 'growingio',
  routes: [
    { methods: ['GET', 'POST'], path: '/v3/projects/{key}/collect', name: 'collect' },
    { methods: ['POST'], path: '/v3/{key}/s2s/cstm', name: 's2s' },
    // The Java SDK asks for it when its class is loaded, and sends nothing for as long as the program lives unless it is there.
    { methods: ['GET'], path: '/', name: 'probe' },
  ],
  duplicateKey:
    'deviceId, sessionId, eventType, eventSequenceId and timestamp; content where there is no eventSequenceId',
  sentTime: 'stm',
  keys: () => [],
  keysIn: (payload, call) => usableKeys(...dataSources(payload), call.path.key),
  open,
  taken: () => ACCEPTED,
  failed: ({ reason }) => (STORED.has(reason) ? ACCEPTED : undefined),
};

async function open({ request, route }: Call) {
  if (route.name === 'probe') return { reply: ACCEPTED };
  const said = readQuery(request);
  const body = request.method === 'POST' ? await inflated(request) : undefined;
  if (body !== undefined && isFinding(body)) return body;
  const unpacked = body === undefined ? unpackImage(said) : unpackBody(body, request, said);
  if (isFinding(unpacked)) return unpacked;
  const { unreadable } = unpacked;
  const params = {
    ...(isoTime(said.stm) !== undefined && said.stm !== undefined && { stm: said.stm }),
    ...(unreadable !== undefined && { unreadable }),
  };
  return { route: route.name, body: unpacked.body, params };
}

/** One account has a data source for its site, its mini program and each of its apps; each can be a source of its own. */
function dataSources(payload: Payload): string[] {
  const parsed = payload.params.unreadable === undefined ? parseBody(payload.body) : undefined;
  if (parsed === undefined || isFinding(parsed)) return [];
  const events: unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  const found = new Set<string>();
  for (const event of events) {
    if (isObject(event) && typeof event.dataSourceId === 'string') found.add(event.dataSourceId);
    if (found.size === MAX_SOURCES) break;
  }
  return [...found];
}
