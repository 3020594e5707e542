import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ImportError } from './error.ts';

/** About what one raw record holds. */
const PIECE_BYTES = 128 * 1024;

/** Bytes that cannot be unpacked, as zlib or the reader of archives says: not a disk or a network that failed. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof Error &&
  (('code' in error && String(error.code).startsWith('Z_')) || /bytes in the stream/.test(error.message));

/** What the pieces of a gzip file unpack to. @throws ImportError where it is damaged or ends too early */
export async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  // Its failure is thrown by the iteration below.
  const fed = pipeline(Readable.from(packed), gunzip).catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (error) {
    if (!isDamage(error)) throw error;
    const text = `The gzip file cannot be unpacked to its end: ${error.message}. Drop it again, whole.`;
    throw new ImportError(text, { cause: error });
  } finally {
    gunzip.destroy();
    await fed;
  }
}
