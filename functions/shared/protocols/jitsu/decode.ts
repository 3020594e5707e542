import { isFinding } from '../../finding.ts';
import { isObject } from '../../json.ts';
import { EVENT_TYPES } from '../../segment-limits.ts';
import type { Decode } from '../protocol.ts';
import { parseBody, unpack } from '../segment/decode.ts';

/**
 * One event in a body, of the type that it names itself or its path. Its library calls a message `messageId` and the anonymous
 * visitor `anonymousId`, as Segment's does.
 */
export const decode: Decode = ({ body, params }) => {
  const parsed = parseBody(body);
  if (isFinding(parsed)) return parsed;
  const unpacked = unpack(parsed.value, 'event');
  if (isFinding(unpacked)) return unpacked;
  const items = unpacked.items.map((item) => {
    if (!isObject(item)) return item;
    const own = typeof item.type === 'string' && EVENT_TYPES.has(item.type);
    return own || params.type === undefined || !EVENT_TYPES.has(params.type) ? item : { ...item, type: params.type };
  });
  return { items, shared: {} };
};
