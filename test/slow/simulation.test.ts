import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { simulate } from '../simulation/simulate.ts';

const MAIN = fileURLToPath(new URL('../simulation/main.ts', import.meta.url));
const SEEDS = 2_000;
/** Processes at once, each with its own share of the seeds. */
const SHARDS = 2;
/** Beyond those that every run takes. */
const FIRST = 1_001;

/** What the simulation says of some seeds; it ends with code 1 where something does not hold. */
const simulated = (first: number, count: number): Promise<string> =>
  new Promise((resolve) => {
    const args = ['--disable-warning=ExperimentalWarning', MAIN, '--seed', String(first), '--seeds', String(count)];
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve(error && error.code !== 1 ? `${stdout}${stderr}${error.message}` : stdout);
    });
  });

test(`${SEEDS} seeds hold, whatever goes wrong in them`, async () => {
  const share = SEEDS / SHARDS;
  const starts = Array.from({ length: SHARDS }, (_, shard) => FIRST + shard * share);
  const told = await Promise.all(starts.map((first) => simulated(first, share)));
  expect(told).toEqual(starts.map((first) => `${share} of ${share} seeds from ${first} hold\n`));
});

/** Rarer than what is looked for in every run: a failure must come in the middle of a batch, and nothing may repeat what it lost. */
const LATE_SEEDS = 1_000;

test(`a failure that is named too late in its batch is found within ${LATE_SEEDS} seeds`, async () => {
  for (let seed = 1; seed <= LATE_SEEDS; seed += 1) {
    const { broken } = await simulate({ seed, defect: 'failure-named-too-late' });
    if (broken.length > 0) return;
  }
  expect.fail('All seeds hold although records before the named one are lost.');
});
