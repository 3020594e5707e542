import { isUtf8 } from 'node:buffer';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Compile } from 'typebox/compile';
import { type QuarantinedEvent, RawHead, type Source } from '../../schemas/event.ts';
import { parsePlace } from './protocols/place.ts';

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
  Buffer.concat([Buffer.from(`${JSON.stringify({ ...rawHead, body_bytes: body.byteLength })}\n`), body]);

/**
 * Reads a raw record. The body is a view on the record, not a copy.
 * @throws UnreadableRecordError when the head is missing, is not JSON or does not match its schema, or the body is cut short.
 */
export function decodeRaw(record: Uint8Array): { head: RawHead; body: Buffer } {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) throw new UnreadableRecordError('The raw record has no head: no line break was found.');
  const value = parseHead(bytes.toString('utf8', 0, end));
  if (!head.Check(value)) throw new UnreadableRecordError("The raw record's head does not match its schema.");
  const { body_bytes, ...own } = value;
  const body = bytes.subarray(end + 1);
  if (body_bytes !== undefined && body_bytes !== body.byteLength) {
    throw new UnreadableRecordError(`The raw record's body has ${body.byteLength} bytes; its head says ${body_bytes}.`);
  }
  return { head: own, body };
}

function parseHead(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableRecordError("The raw record's head is not JSON.");
  }
}

const BASE64 = 'base64:';
const GZIP = 'gzip:';

/** What an original may have as a text in JSON: a row of the lake has to fit into one record of Firehose. */
const MAX_ORIGINAL_BYTES = 700_000;
/** The largest body, with every number in it written out in full. */
const MAX_UNFOLDED_BYTES = 10 * 1024 * 1024;

/** Quarantined bytes as text that loses nothing: as they are when they are UTF-8, else `base64:` and base64. */
export function encodeOriginal(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = isUtf8(buffer) ? buffer.toString('utf8') : undefined;
  const isPlain = text !== undefined && !text.startsWith(BASE64) && !text.startsWith(GZIP);
  return isPlain ? text : BASE64 + buffer.toString('base64');
}

/**
 * An original as it is kept: `gzip:` and base64 where it would be too large for a row otherwise. Half a MiB of quotation marks is
 * twice that in JSON, and `1E20` five times.
 */
export function foldOriginal(original: string): string {
  if (original.length < MAX_ORIGINAL_BYTES / 6) return original;
  if (Buffer.byteLength(JSON.stringify(original)) <= MAX_ORIGINAL_BYTES) return original;
  return GZIP + gzipSync(original).toString('base64');
}

/** What `foldOriginal` was given. @throws zlib's error for a text that it did not make. */
export const unfoldOriginal = (kept: string): string =>
  kept.startsWith(GZIP)
    ? gunzipSync(Buffer.from(kept.slice(GZIP.length), 'base64'), { maxOutputLength: MAX_UNFOLDED_BYTES }).toString()
    : kept;

/** The bytes that `encodeOriginal` was given, folded or not. */
export function decodeOriginal(kept: string): Buffer {
  const original = unfoldOriginal(kept);
  return original.startsWith(BASE64) ? Buffer.from(original.slice(BASE64.length), 'base64') : Buffer.from(original);
}

/**
 * A raw record that feeds a quarantined event in again. It keeps the first arrival time: a clock skew is the difference
 * between sending and arrival, so a replay with today's time would move the event. Its ids are derived from the
 * quarantined event, so replaying twice gives the same event twice. Use the source as it is configured now.
 */
export const replayRecord = (event: QuarantinedEvent, source: Source): Buffer =>
  encodeRaw(
    {
      v: 1,
      ...parsePlace(event.route),
      source,
      request_id: event.quarantine_id,
      received_at: event.first_seen,
      replay_of: event.quarantine_id,
      replay: {
        stage: event.stage,
        reason: event.reason,
        field: event.field,
        detail: event.detail,
        ...(event.event_id !== undefined && { event_id: event.event_id }),
        ...(event.event_name !== undefined && { event_name: event.event_name }),
      },
    },
    decodeOriginal(event.original),
  );
