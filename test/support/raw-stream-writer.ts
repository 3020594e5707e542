import { writeSync } from 'node:fs';
import { SqliteRawStream } from '../../local/raw-stream.ts';
import { openDatabase } from '../../local/sqlite.ts';

/**
 * Puts records into the stream at argv[2] until it is killed, and writes the number of each put that resolved to standard
 * output, one per line, synchronously: what the reader sees was acknowledged.
 */
const WRITERS = 16;
const path = process.argv[2];
if (path === undefined) throw new Error('Usage: raw-stream-writer.ts <database file>');
const stream = new SqliteRawStream(openDatabase(path), { clock: Date });

let next = 0;
async function write(): Promise<void> {
  for (;;) {
    const n = next++;
    await stream.put(Buffer.from(`record ${n} ${'x'.repeat(n % 3_000)}`));
    writeSync(1, `${n}\n`);
  }
}
await Promise.all(Array.from({ length: WRITERS }, write));
