import { afterAll, beforeAll, describe } from 'vitest';
import { fetchTrino, TrinoUnavailable } from './artifacts.ts';
import { functionCases } from './functions.case.ts';
import { historyCases } from './history.case.ts';
import { queryCases } from './queries.case.ts';
import { viewCases } from './views.case.ts';
import { openWorld, type World } from './world.ts';

const home = await fetchTrino().catch((error: unknown) => {
  if (error instanceof TrinoUnavailable) return error.message;
  throw error;
});
const missing = typeof home === 'string' ? home : undefined;
if (missing !== undefined) process.stdout.write(`Trino is skipped: ${missing}\n`);

/** Longest time to start everything on a busy machine, ms. */
const START_MS = 600_000;

describe.skipIf(missing !== undefined)(
  `on a real Trino${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let world: World;
    beforeAll(async () => {
      if (typeof home === 'string') return;
      world = await openWorld(home);
      process.stdout.write(
        `Trino ${home.version} on Java ${home.java.version}: started in ${world.trino.startSeconds.toFixed(1)} s\n`,
      );
    }, START_MS);
    afterAll(async () => {
      process.stdout.write(`Trino took ${world?.trino.peakMiB()} MiB at most\n`);
      await world?.stop();
    });
    const opened = (): World => world;

    // In this order: the last ones move rows and delete some.
    describe('functions', () => functionCases(opened));
    describe('views', () => viewCases(opened));
    describe('queries', () => queryCases(opened));
    describe('history', () => historyCases(opened));
  },
);
