import { isFinding } from '../../finding.ts';
import { isObject } from '../../json.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import type { Decode } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { isoTime } from '../shape.ts';
import { invalidPayload } from '../signature.ts';
import { clientEvent } from './client-event.ts';
import { serverEvent } from './server-event.ts';

/** GrowingIO's events: an array of them, or a single one; of clients, and (route `s2s`) of the Java SDK. */
export const decode: Decode = ({ body, route, params }) => {
  if (params.unreadable !== undefined) return invalidPayload(`The body is not what it says: no ${params.unreadable}.`);
  const parsed = parseBody(body);
  if (isFinding(parsed)) return parsed;
  const events: unknown[] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
  if (events.length > MAX_BATCH_EVENTS) {
    const detail = `The batch has ${events.length} events; at most ${MAX_BATCH_EVENTS} are taken.`;
    return { reason: 'too_many_events', field: '', detail };
  }
  const read = route === 's2s' ? serverEvent : clientEvent;
  const sentAt = isoTime(params.stm);
  return {
    items: events.map((event) => (isObject(event) ? read(event) : event)),
    shared: sentAt === undefined ? {} : { sentAt },
  };
};
