import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { contentHash, isObject, type JsonObject, kindOf, objectOr } from '../../json.ts';
import { MAX_BATCH_EVENTS, MAX_MESSAGE_ID_CHARS } from '../../segment-limits.ts';
import { parseExact, parseHook, present } from '../hook-events.ts';
import { isNamed, whoIn } from '../plain-identity.ts';
import type { Decode, Payload, Unpacked } from '../protocol.ts';
import { RefusedItem } from '../refused-item.ts';
import { invalidPayload } from '../signature.ts';

/** Attributes that have a place of their own in an event. */
const OWN: ReadonlySet<string> = new Set([
  'specversion',
  'type',
  'time',
  'data',
  'data_base64',
  'userid',
  'anonymousid',
]);
const JSON_TYPE = /^[^;]*(?:\/json|\+json)\s*(?:;|$)/i;

/** CloudEvents 1.0: a binary one has its attributes in `params`, a structured one in the body, a batch is an array of those. */
export const decode: Decode = (payload) => {
  if (payload.route === 'binary') return binary(payload);
  const parsed = parseHook(payload.body);
  if (isFinding(parsed)) return parsed;
  const { value } = parsed;
  if (payload.route === 'structured') return { items: [toEvent(value)], shared: {} };
  if (!Array.isArray(value)) return invalidPayload(`A batch is an array, got ${kindOf(value)}.`);
  if (value.length <= MAX_BATCH_EVENTS) return { items: value.map((item) => toEvent(item, [item])), shared: {} };
  const detail = `The batch has ${value.length} events; at most ${MAX_BATCH_EVENTS} are taken.`;
  return { reason: 'too_many_events', field: '', detail };
};

function binary({ body, params }: Payload): Unpacked | Finding {
  if (body.byteLength === 0) return { items: [toEvent(params)], shared: {} };
  if (!JSON_TYPE.test(params.datacontenttype ?? 'application/json')) {
    return { items: [toEvent({ ...params, data: body.toString('utf8') })], shared: {} };
  }
  const parsed = parseHook(body);
  return isFinding(parsed) ? parsed : { items: [toEvent({ ...params, data: parsed.value })], shared: {} };
}

/** What is no CloudEvent is refused by itself: a batch may hold both. */
function toEvent(cloudEvent: unknown, asSent: unknown = cloudEvent): unknown {
  const { specversion, id, source, type, time, subject } = objectOr(cloudEvent);
  if (
    !isObject(cloudEvent) ||
    specversion !== '1.0' ||
    typeof source !== 'string' ||
    typeof id !== 'string' ||
    source === '' ||
    id === ''
  ) {
    const detail = 'A CloudEvent is an object with specversion 1.0, id, source and type.';
    return new RefusedItem(invalidPayload(detail), asSent);
  }
  const data = dataOf(cloudEvent);
  const named = whoIn({ userId: cloudEvent.userid, anonymousId: cloudEvent.anonymousid, ...present(data) });
  const isIdentify = type === 'identify';
  const about = typeof subject === 'string' && subject !== '' ? { anonymousId: `${source}#${subject}` } : {};
  return {
    type: isIdentify ? 'identify' : 'track',
    ...(!isIdentify && { event: type }),
    messageId: messageIdOf(source, id),
    ...(time !== undefined && { timestamp: time }),
    ...(isNamed(named) ? named : about),
    context: { ...named.context, cloudevent: attributes(cloudEvent) },
    ...(isIdentify ? { traits: isObject(data.traits) ? data.traits : data } : { properties: data }),
  };
}

/** Source and id name an event; a source is a URI reference, so there is no space in it. */
function messageIdOf(source: string, id: string): string {
  const both = `${source} ${id}`;
  return both.length <= MAX_MESSAGE_ID_CHARS ? both : `ce_${contentHash([source, id])}`;
}

function dataOf({ data, data_base64, datacontenttype }: JsonObject): JsonObject {
  if (isObject(data)) return data;
  if (data !== undefined && data !== null) return { data };
  if (typeof data_base64 !== 'string') return {};
  if (typeof datacontenttype !== 'string' || !JSON_TYPE.test(datacontenttype)) return { data_base64 };
  const parsed = parseExact(Buffer.from(data_base64, 'base64').toString('utf8'))?.value;
  return isObject(parsed) ? parsed : { data_base64 };
}

function attributes(cloudEvent: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(cloudEvent)) {
    if (!OWN.has(name) && name !== '__proto__' && typeof value !== 'object') kept[name] = value;
  }
  return kept;
}
