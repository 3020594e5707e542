import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { MAX_UNPACKED_BYTES } from './stream-codec.ts';

/** Most bytes that one object of the archive may unfold to: some times what Firehose puts into one. */
export const MAX_ARCHIVE_BYTES = 512 * 1024 * 1024;

/** The object is not what Firehose wrote, or is cut; the message says where reading ended. */
export class ArchiveError extends Error {
  override name = 'ArchiveError';
}

const NEWLINE = 0x0a;
const GZIP_HEADER_BYTES = 10;
const GZIP_TRAILER_BYTES = 8;

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * The raw records in one object of the archive, byte by byte as they were in their messages. Firehose writes records one behind the other, without
 * anything between them, and zips the whole. Each says itself where it ends: a zipped record by the end of its gzip member
 * (RFC 1952), an open one by the length of the body that its head names.
 * @throws ArchiveError at the first byte that is neither; what came before has been given.
 */
export function* readArchive(object: Uint8Array): Generator<Buffer> {
  const all = unzipped(object);
  for (let at = 0; at < all.byteLength; ) {
    const rest = all.subarray(at);
    const length = isGzip(rest) ? zippedLength(rest, at) : openLength(rest, at);
    yield rest.subarray(0, length);
    at += length;
  }
}

function unzipped(object: Uint8Array): Buffer {
  try {
    return gunzipSync(object, { maxOutputLength: MAX_ARCHIVE_BYTES });
  } catch (error) {
    throw new ArchiveError('The object is not gzip, or unfolds to more than Firehose puts into one.', { cause: error });
  }
}

/** Our own packing writes no optional fields into the header, so it is ten bytes long. */
function zippedLength(bytes: Buffer, at: number): number {
  if (bytes[3] !== 0) throw new ArchiveError(`At byte ${at} is a gzip header that our own packing does not write.`);
  let inflated: ReturnType<typeof inflate>;
  try {
    inflated = inflate(bytes.subarray(GZIP_HEADER_BYTES));
  } catch (error) {
    throw new ArchiveError(`At byte ${at} is a zipped record that cannot be read.`, { cause: error });
  }
  const end = GZIP_HEADER_BYTES + inflated.read;
  const whole = bytes.byteLength >= end + GZIP_TRAILER_BYTES;
  if (!whole || bytes.readUInt32LE(end) !== crc32(inflated.content)) {
    throw new ArchiveError(`At byte ${at} is a zipped record that is cut or changed.`);
  }
  return end + GZIP_TRAILER_BYTES;
}

/** With `info`, zlib also tells how much it read: it stops at the end of the member, whatever follows. */
function inflate(bytes: Buffer): { content: Buffer; read: number } {
  const answer: unknown = inflateRawSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES, info: true });
  const { buffer, engine } = answer as { buffer: Buffer; engine: { bytesWritten: number } }; // what Node gives with `info`
  return { content: buffer, read: engine.bytesWritten };
}

function openLength(bytes: Buffer, at: number): number {
  const head = headOf(bytes);
  if (head?.body_bytes === undefined)
    throw new ArchiveError(`At byte ${at} begins no record: no head says how long it is.`);
  const length = head.bytes + head.body_bytes;
  if (length > bytes.byteLength) throw new ArchiveError(`At byte ${at} is a record that is cut.`);
  return length;
}

/** The head of a raw record, if the bytes begin with one. Clean events begin with their own schema. */
function headOf(bytes: Buffer): { bytes: number; body_bytes: number | undefined } | undefined {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  try {
    const head: unknown = JSON.parse(bytes.toString('utf8', 0, end));
    if (typeof head !== 'object' || head === null || !('protocol' in head)) return undefined;
    const length = 'body_bytes' in head ? head.body_bytes : undefined;
    return { bytes: end + 1, body_bytes: typeof length === 'number' && length >= 0 ? length : undefined };
  } catch {
    return undefined;
  }
}
