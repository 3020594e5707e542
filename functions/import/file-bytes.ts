import { ImportError } from './error.ts';
import { MAX_UNPACKED_BYTES, MAX_UNPACKED_RATIO, MIN_BOMB_BYTES } from './limits.ts';

/** A file that can be read from any place: on a disk, or an object of S3. */
export interface FileBytes {
  /** Without its folder. */
  readonly name: string;
  readonly size: number;
  /** Bytes from `offset` on; fewer than `length` only at the end of the file. */
  read(offset: number, length: number): Promise<Buffer>;
  /** All bytes from `from` on, up to but not including `to`, in pieces. */
  stream(from?: number, to?: number): AsyncIterable<Uint8Array>;
}

/** The pieces as they come, until they are more than a packed file of `packedBytes` can reasonably hold. @throws ImportError */
export async function* guardUnpacked(
  chunks: AsyncIterable<Uint8Array>,
  packedBytes: number,
): AsyncGenerator<Uint8Array, void> {
  const most = Math.min(MAX_UNPACKED_BYTES, Math.max(MIN_BOMB_BYTES, packedBytes * MAX_UNPACKED_RATIO));
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > most) {
      throw new ImportError(
        `The file unpacks to more than ${most} bytes, from ${packedBytes}; it is taken for a bomb. Unpack it yourself and drop what is in it.`,
      );
    }
    yield chunk;
  }
}
