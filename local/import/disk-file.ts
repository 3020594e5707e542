import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileBytes } from '../../functions/import/file-bytes.ts';

/** What is read at once: about what one raw record holds. */
const PIECE_BYTES = 128 * 1024;

/** A file on this machine. It must not change while it is read. @throws the file system's error */
export async function diskFile(path: string): Promise<FileBytes> {
  const { size } = await stat(path);
  return {
    name: basename(path),
    size,
    async read(offset, length) {
      const handle = await open(path, 'r');
      try {
        const { buffer, bytesRead } = await handle.read(
          Buffer.alloc(Math.min(length, size)),
          0,
          Math.min(length, size),
          offset,
        );
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
    stream: (from = 0, to = size) =>
      // An empty range is no range to Node: it would read all.
      from >= to ? none() : createReadStream(path, { start: from, end: to - 1, highWaterMark: PIECE_BYTES }),
  };
}

async function* none(): AsyncGenerator<Uint8Array, void> {}
