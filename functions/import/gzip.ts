import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ImportError } from './error.ts';

/** What the pieces of a gzip file unpack to. @throws ImportError where it is damaged or ends too early */
export async function* gunzipped(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const gunzip = createGunzip();
  // Its failure is thrown by the iteration below.
  const fed = pipeline(Readable.from(packed), gunzip).catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : 'unknown error';
    throw new ImportError(`The gzip file cannot be unpacked to its end: ${detail}. Drop it again, whole.`, { cause });
  } finally {
    gunzip.destroy();
    await fed;
  }
}
