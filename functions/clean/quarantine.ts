import type { QuarantinedEvent, RawHead } from '../../schemas/event.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import { contentHash, isObject, type JsonObject } from '../shared/json.ts';
import { placeText } from '../shared/protocols/place.ts';
import { RefusedItem } from '../shared/protocols/refused-item.ts';
import { parseBody } from '../shared/protocols/segment/decode.ts';
import { encodeOriginal, foldOriginal } from '../shared/raw-record.ts';
import { bytesWithoutCredentials, withoutCredentials } from '../shared/redact.ts';
import { EVENT_TYPES, MAX_MESSAGE_ID_CHARS, MAX_NAME_CHARS } from '../shared/segment-limits.ts';

/** Arrival of a record that says nothing about itself. */
const EPOCH = '1970-01-01T00:00:00.000Z';

/**
 * One event that cannot become a clean one. Its original is the event with what its batch declared for all, so it can be
 * fed in again alone; of another protocol than Segment's, it is the event as it was decoded. An event that names no known type is
 * fed in as a batch of one.
 * @param route the event type that the path named, or `batch`
 * @param body the whole body, kept where the event alone cannot be written out
 */
export function quarantineEvent(
  item: unknown,
  finding: Finding,
  { head, body, route: sent }: { head: RawHead; body: Uint8Array; route: string },
): QuarantinedEvent {
  if (item instanceof RefusedItem) return quarantineItem(item, { head, body });
  const event = isObject(item) ? item : {};
  const own = sent === 'batch' ? event.type : sent;
  const route = typeof own === 'string' && EVENT_TYPES.has(own) ? own : 'batch';
  const original = writeOut(route === 'batch' ? { batch: [withoutKey(item)] } : withoutKey(item));
  const place =
    original === undefined
      ? { original: encodeOriginal(bytesWithoutCredentials(body)), route: head.route }
      : { original, route };
  return {
    ...quarantined(finding, head, place),
    ...(shortText(event.messageId, MAX_MESSAGE_ID_CHARS) && { event_id: String(event.messageId) }),
    ...(shortText(event.event, MAX_NAME_CHARS) && { event_name: String(event.event) }),
  };
}

/** An item that its decoder refused: kept as it came, for the same decoder. */
function quarantineItem(
  { finding, original }: RefusedItem,
  { head, body }: { head: RawHead; body: Uint8Array },
): QuarantinedEvent {
  const text = writeOut(original);
  const kept = text === undefined ? encodeOriginal(bytesWithoutCredentials(body)) : withoutCredentials(text);
  const name = isObject(original) ? (original.event ?? original.type) : undefined;
  return {
    ...quarantined(finding, head, { original: kept, route: placeOf(head) }),
    ...(shortText(name, MAX_NAME_CHARS) && { event_name: String(name) }),
  };
}

/** A whole body in which no events can be told apart. */
export function quarantineBody(finding: Finding, { head, body }: { head: RawHead; body: Buffer }): QuarantinedEvent {
  const parsed = parseBody(body);
  const value = isFinding(parsed) ? undefined : parsed.value;
  const hasKey = isObject(value) && 'writeKey' in value;
  const text = hasKey ? writeOut(withoutKey(value)) : undefined;
  const original = text === undefined ? encodeOriginal(bytesWithoutCredentials(body)) : withoutCredentials(text);
  return quarantined(finding, head, { original, route: placeOf(head) });
}

const placeOf = ({ protocol, route, params = {} }: RawHead): string => placeText({ protocol, route, params });

/** A record whose head cannot be read: there is no source, and no way to feed it in again. */
export function quarantineRecord(record: Uint8Array, detail: string, arrivedAt: string | undefined): QuarantinedEvent {
  const finding: Finding = { reason: 'unreadable_record', field: '', detail };
  const head = { source: { source_id: 'unknown' }, received_at: arrivedAt ?? EPOCH };
  return quarantined(finding, head, { original: encodeOriginal(bytesWithoutCredentials(record)), route: 'unknown' });
}

function quarantined(
  { reason, field, detail }: Finding,
  head: { readonly source: { readonly source_id: string }; readonly received_at: string },
  { original, route }: { original: string; route: string },
): QuarantinedEvent {
  const { source_id } = head.source;
  return {
    quarantine_id: `q_${contentHash([source_id, original, reason])}`,
    source_id,
    stage: 'clean',
    reason,
    field,
    detail,
    first_seen: head.received_at,
    route,
    original: foldOriginal(original),
  };
}

/** Write keys are not kept: whoever may read the quarantine must not be able to send as the source. */
function withoutKey(item: unknown): unknown {
  if (!isObject(item) || !('writeKey' in item)) return item;
  const { writeKey: _, ...rest } = item satisfies JsonObject;
  return rest;
}

/** JSON text; `undefined` for nesting so deep that writing it would exhaust the stack. */
function writeOut(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const shortText = (value: unknown, maxChars: number): boolean =>
  typeof value === 'string' && value !== '' && value.length <= maxChars;
