import { contentHash, type JsonObject } from '../shared/json.ts';
import type { Step } from './draft.ts';

/** Fields that may change from one sending of an event to the next, and the key. */
const TRANSPORT: ReadonlySet<string> = new Set(['sentAt', 'receivedAt', '_metadata', 'writeKey']);

/**
 * The event's duplicate key: the client's message id, else a hash of the content. An event without a message id and
 * without a time looks like its own repetition tomorrow, so its hash also holds the request it came in: it is better
 * counted twice after a retry than lost.
 */
export const keyEvent: Step = (draft, { head }) => {
  const { item, sent, type } = draft;
  // By what was sent: under another version of its mapping, an event that comes again is still the same.
  draft.bodyHash = bodyHash(sent);
  const { messageId } = item;
  if (typeof messageId === 'string' && messageId.trim() !== '') {
    draft.eventId = messageId;
    return undefined;
  }
  const content = [head.source.source_id, type, sent === item ? draft.bodyHash : bodyHash(item)];
  const timeless = draft.flags.includes('time_missing');
  draft.eventId = `h_${contentHash(timeless ? [...content, head.request_id, draft.index] : content)}`;
  return undefined;
};

/** Hash of what the client says, however often and in whatever key order it says it. */
export function bodyHash(item: JsonObject): string {
  const body: JsonObject = {};
  for (const key in item) if (!TRANSPORT.has(key)) body[key] = item[key];
  return contentHash(body);
}
