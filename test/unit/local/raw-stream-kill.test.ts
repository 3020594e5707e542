import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SqliteRawStream } from '../../../local/raw-stream.ts';
import { openDatabase } from '../../../local/sqlite.ts';
import { dataFolder } from '../../support/data-folder.ts';

const WRITER = fileURLToPath(new URL('../../support/raw-stream-writer.ts', import.meta.url));

/** Lets a writer process run until it has acknowledged `enough` puts, kills it, and gives back all it acknowledged. */
async function writeUntilKilled(path: string, enough: number): Promise<number[]> {
  const writer = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaints = '';
  writer.stderr.on('data', (chunk) => (complaints += String(chunk)));
  let lines = 0;
  writer.stdout.on('data', (chunk) => {
    output += String(chunk);
    lines += String(chunk).split('\n').length - 1;
    if (lines >= enough) writer.kill('SIGKILL');
  });
  const [, signal] = await once(writer, 'close');
  expect(signal, complaints).toBe('SIGKILL');
  return output.split('\n').slice(0, -1).map(Number);
}

it('has every put that was acknowledged before a SIGKILL', async () => {
  const path = join(dataFolder(), 'raw.db');
  let before = 0;
  for (const enough of [1, 137, 1_000, 3_000]) {
    const acknowledged = await writeUntilKilled(path, enough);
    expect(acknowledged.length).toBeGreaterThanOrEqual(enough);
    const stream = new SqliteRawStream(openDatabase(path), { clock: Date });
    const stored = stream.read(before, { maxRecords: 1_000_000, maxBytes: 1e9 });
    const texts = new Set(stored.map(({ record }) => Buffer.from(record).toString()));
    const lost = acknowledged.filter((n) => !texts.has(`record ${n} ${'x'.repeat(n % 3_000)}`));
    expect(lost).toEqual([]);
    before = stream.lastSeq();
    stream.close();
  }
});
