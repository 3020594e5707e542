import { isUtf8 } from 'node:buffer';
import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, kindOf } from '../../json.ts';
import { checkJson, MAX_EVENT_BYTES } from '../../json-limits.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import type { Decode, Shared, Unpacked } from '../protocol.ts';

/** Bytes that one batch may come to once its shared context is counted for each event. */
export const MAX_EXPANDED_BYTES = 5 * 1024 * 1024;

const BOM = /^\uFEFF/;

/** Parses the body whatever its content type says: SDKs call JSON `text/plain`, or a form. */
export function parseBody(body: Buffer): { value: unknown } | Finding {
  if (!isUtf8(body)) return { reason: 'invalid_utf8', field: '', detail: 'The body is not valid UTF-8.' };
  try {
    return { value: JSON.parse(body.toString('utf8').replace(BOM, '')) };
  } catch {
    // The parser's own message quotes the body, which may hold personal data.
    return { reason: 'invalid_json', field: '', detail: 'The body is not valid JSON.' };
  }
}

/** Segment's HTTP Tracking API: the payload's route is the event type that the path names, or `batch`. */
export const decode: Decode = ({ body, route }) => {
  const parsed = parseBody(body);
  return isFinding(parsed) ? parsed : unpack(parsed.value, route);
};

/**
 * The events in a parsed body, or what is wrong with the request as a whole. `route` is the event type that the path
 * names, or `batch`.
 */
export function unpack(value: unknown, route: string): Unpacked | Finding {
  if (!isObject(value)) {
    return { reason: 'not_an_object', field: '', detail: `Expected a JSON object, got ${kindOf(value)}.` };
  }
  if (route !== 'batch') return { items: [value], shared: {} };
  const { batch, context, integrations, sentAt } = value;
  if (!Array.isArray(batch)) {
    return { reason: 'batch_missing', field: '/batch', detail: `batch must be an array, got ${kindOf(batch)}.` };
  }
  if (batch.length > MAX_BATCH_EVENTS) {
    const detail = `The batch has ${batch.length} events; at most ${MAX_BATCH_EVENTS} are taken.`;
    return { reason: 'too_many_events', field: '/batch', detail };
  }
  if (context !== undefined && context !== null && !isObject(context)) {
    return { reason: 'invalid_field', field: '/context', detail: `context must be an object, got ${kindOf(context)}.` };
  }
  const shared: Shared = { ...(isObject(context) && { context }), integrations, sentAt };
  return checkShared(value, shared, batch.length) ?? { items: batch, shared };
}

/** A large shared context in a small body would be copied into thousands of events. */
function checkShared(root: JsonObject, shared: Shared, events: number): Finding | undefined {
  if (Object.hasOwn(root, '__proto__')) {
    return { reason: 'forbidden_key', field: '/__proto__', detail: 'The property name __proto__ is refused.' };
  }
  if (shared.context === undefined && shared.integrations === undefined && typeof shared.sentAt !== 'object') {
    return undefined;
  }
  const declared = { context: shared.context, integrations: shared.integrations, sentAt: shared.sentAt };
  const limits = checkJson(declared, Number.POSITIVE_INFINITY);
  if (limits !== undefined) return limits;
  if (MAX_EVENT_BYTES * events <= MAX_EXPANDED_BYTES) return undefined;
  const bytes = Buffer.byteLength(JSON.stringify(declared));
  if (bytes * events <= MAX_EXPANDED_BYTES) return undefined;
  const detail = `The batch's own ${bytes} bytes of context, for each of ${events} events, come to more than ${MAX_EXPANDED_BYTES} bytes.`;
  return { reason: 'event_too_large', field: '/context', detail };
}
