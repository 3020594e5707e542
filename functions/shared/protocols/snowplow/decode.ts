import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { isObject } from '../../json.ts';
import { checkJson } from '../../json-limits.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import type { Decode } from '../protocol.ts';
import { RefusedItem } from '../refused-item.ts';
import { MAX_EXPANDED_BYTES, parseBody } from '../segment/decode.ts';
import { invalidPayload } from '../signature.ts';
import { toEvents } from './event.ts';

/** Snowplow's payload_data: `{schema, data: [{…all values are texts…}]}`. */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseBody(body);
  if (isFinding(parsed)) return parsed;
  const data = isObject(parsed.value) ? parsed.value.data : undefined;
  if (!Array.isArray(data)) return invalidPayload('payload_data needs its events in the array data.', '/data');
  if (data.length > MAX_BATCH_EVENTS) return tooMany(data.length);
  const items: unknown[] = [];
  let repeated = 0;
  for (const event of data) {
    const events: unknown[] = isObject(event) ? toEvents(event, params) : [event];
    // What is not read of an event can be deeper than can be written out.
    const wrong = events.length > 1 ? checkJson(event, 0) : undefined;
    if (wrong !== undefined) {
      items.push(new RefusedItem(wrong, event));
      continue;
    }
    if (events.length > 1) repeated += Buffer.byteLength(JSON.stringify(event)) * events.length;
    items.push(...events);
    if (items.length > MAX_BATCH_EVENTS) return tooMany(items.length);
    if (repeated > MAX_EXPANDED_BYTES) return tooLarge();
  }
  return { items, shared: {} };
};

/** An event of many products becomes many events, each with all that the one said of where it happened. */
const tooLarge = (): Finding => ({
  reason: 'event_too_large',
  field: '/data',
  detail: `The events of several products come to more than ${MAX_EXPANDED_BYTES} bytes, each by itself.`,
});

const tooMany = (events: number): Finding => ({
  reason: 'too_many_events',
  field: '/data',
  detail: `The batch comes to ${events} events or more; at most ${MAX_BATCH_EVENTS} are taken.`,
});
