import { gunzipSync, gzipSync } from 'node:zlib';
import type { CleanEvent } from '../../schemas/event.ts';

/** Most bytes that a stream record may unfold to: ten times the largest record that our own packing makes. */
export const MAX_UNPACKED_BYTES = 10 * 1024 * 1024;

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Compresses a record when it is at least `fromBytes` long and becomes shorter. Our records never begin like gzip. */
export function pack(record: Uint8Array, fromBytes: number): Uint8Array {
  if (record.byteLength < fromBytes) return record;
  const zipped = gzipSync(record, { level: 3 });
  return zipped.byteLength < record.byteLength ? zipped : record;
}

/** @throws when the bytes begin like gzip and are not, or unfold to more than MAX_UNPACKED_BYTES. */
export const unpack = (bytes: Uint8Array): Uint8Array =>
  isGzip(bytes) ? gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES }) : bytes;

/** Clean events as one stream record: newline-delimited JSON, gzipped. */
export const encodeEvents = (lines: readonly string[]): Uint8Array => gzipSync(lines.join('\n'), { level: 3 });

/** @throws SyntaxError or a zlib error when the record is not what `encodeEvents` makes. */
export function decodeEvents(record: Uint8Array): CleanEvent[] {
  const lines = Buffer.from(unpack(record)).toString('utf8').split('\n');
  // The clean stage validated these; only it may write to this stream.
  return lines.map((line) => JSON.parse(line) as CleanEvent);
}
