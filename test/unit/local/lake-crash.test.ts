import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openFixture } from './lake-fixture.ts';

const CHILD = fileURLToPath(new URL('./lake-crash-child.ts', import.meta.url));

/** Kills the writer with SIGKILL once it has committed `batches` more batches; answers the last event it committed for sure. */
async function writeUntilKilled(dir: string, batches: number): Promise<number> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', CHILD, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === batches) child.kill('SIGKILL');
  }
  await exited;
  return last;
}

it('has every committed event exactly once after the process is killed at any moment', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-crash-'));
  let acknowledged = 0;
  // The moments differ: just after a commit, while a flush writes, while files are merged.
  for (const batches of [1, 2, 5, 8, 13, 20]) acknowledged = await writeUntilKilled(dir, batches);
  const f = await openFixture({}, dir);
  try {
    const { rows } = await f.lake.engine.query(
      'SELECT count(*), count(DISTINCT event_id), max(CAST(event_id AS bigint)) FROM events',
    );
    const [count, distinct, max] = rows[0]?.map(Number) ?? [];
    expect(distinct).toBe(count);
    expect(max).toBe(count);
    expect(count).toBeGreaterThanOrEqual(acknowledged);
    expect(acknowledged).toBeGreaterThanOrEqual(20 * 49);
  } finally {
    await f.dispose();
  }
});
