import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { isObject } from '../../json.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import type { Decode } from '../protocol.ts';
import { parseBody } from '../segment/decode.ts';
import { invalidPayload } from '../signature.ts';
import { toEvents } from './event.ts';

/** Snowplow's payload_data: `{schema, data: [{…all values are texts…}]}`. */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseBody(body);
  if (isFinding(parsed)) return parsed;
  const data = isObject(parsed.value) ? parsed.value.data : undefined;
  if (!Array.isArray(data)) return invalidPayload('payload_data needs its events in the array data.', '/data');
  if (data.length > MAX_BATCH_EVENTS) return tooMany(data.length);
  const items = data.flatMap((event: unknown) => (isObject(event) ? toEvents(event, params) : [event]));
  return items.length > MAX_BATCH_EVENTS ? tooMany(items.length) : { items, shared: {} };
};

const tooMany = (events: number): Finding => ({
  reason: 'too_many_events',
  field: '/data',
  detail: `The batch comes to ${events} events; at most ${MAX_BATCH_EVENTS} are taken.`,
});
