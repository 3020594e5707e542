import { isUtf8 } from 'node:buffer';
import { Compile } from 'typebox/compile';
import { type QuarantinedEvent, RawHead, type Source } from '../../schemas/event.ts';

/** The bytes are not a raw record: no head, or a head of another version. */
export class UnreadableRecordError extends Error {
  override name = 'UnreadableRecordError';
}

const NEWLINE = 0x0a;
const head = Compile(RawHead);

/**
 * A raw stream record: one line of JSON that says who sent it and when, then the request body's bytes (after gunzip),
 * unchanged, so that anything can be replayed or quarantined exactly as it came.
 */
export const encodeRaw = (rawHead: RawHead, body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(rawHead)}\n`), body]);

/**
 * Reads a raw record. The body is a view on the record, not a copy.
 * @throws UnreadableRecordError when the head is missing, is not JSON or does not match its schema.
 */
export function decodeRaw(record: Uint8Array): { head: RawHead; body: Buffer } {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) throw new UnreadableRecordError('The raw record has no head: no line break was found.');
  const value = parseHead(bytes.toString('utf8', 0, end));
  if (!head.Check(value)) throw new UnreadableRecordError("The raw record's head does not match its schema.");
  return { head: value, body: bytes.subarray(end + 1) };
}

function parseHead(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableRecordError("The raw record's head is not JSON.");
  }
}

const BASE64 = 'base64:';

/** Quarantined bytes as text that loses nothing: as they are when they are UTF-8, else `base64:` and base64. */
export function encodeOriginal(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = isUtf8(buffer) ? buffer.toString('utf8') : undefined;
  return text === undefined || text.startsWith(BASE64) ? BASE64 + buffer.toString('base64') : text;
}

/** The bytes that `encodeOriginal` was given. */
export const decodeOriginal = (original: string): Buffer =>
  original.startsWith(BASE64) ? Buffer.from(original.slice(BASE64.length), 'base64') : Buffer.from(original);

/**
 * A raw record that feeds a quarantined event in again. It keeps the first arrival time: a clock skew is the difference
 * between sending and arrival, so a replay with today's time would move the event. Its ids are derived from the
 * quarantined event, so replaying twice gives the same event twice. Use the source as it is configured now.
 */
export const replayRecord = (event: QuarantinedEvent, source: Source): Buffer =>
  encodeRaw(
    {
      v: 1,
      protocol: 'segment',
      route: event.route,
      source,
      request_id: event.quarantine_id,
      received_at: event.first_seen,
      replay_of: event.quarantine_id,
    },
    decodeOriginal(event.original),
  );
