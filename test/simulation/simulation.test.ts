import { describe, expect, test, vi } from 'vitest';
import { DEFECTS, type Defect, HARMLESS, type TamperName } from './defects.ts';
import { report } from './shrink.ts';
import { simulate } from './simulate.ts';

/** Few, for every run; `test/slow/simulation.test.ts` takes thousands. */
const SEEDS = 25;
/** Within so many seeds each broken acknowledgement must be found. */
const SEEDS_TO_FIND = 200;

test('nothing is lost, doubled or mistaken, whatever goes wrong', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const result = await simulate({ seed });
    if (result.broken.length > 0) expect.fail(await report({ seed }, result));
  }
});

test('a message that ends its function holds nobody up for long', async () => {
  const only = new Set(['poison'] as const);
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const result = await simulate({ seed, only });
    if (result.broken.length > 0) expect.fail(await report({ seed, only }, result));
  }
});

test.each(Object.keys(HARMLESS) as TamperName[])('%s does no harm', async (defect) => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const result = await simulate({ seed, defect });
    if (result.broken.length > 0) expect.fail(await report({ seed, defect }, result));
  }
});

describe('the same seed', () => {
  test('gives the same trace and state on another day, and another seed another', async () => {
    const { digest, lines } = await simulate({ seed: 7 });
    expect(lines).toBeGreaterThan(500);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2031-01-01T00:00:00.000Z') });
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    try {
      expect((await simulate({ seed: 7 })).digest).toBe(digest);
      expect(random).not.toHaveBeenCalled();
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
    expect((await simulate({ seed: 8 })).digest).not.toBe(digest);
  });
});

/** Found within a few seeds; the slow suite looks for the others. */
const FOUND_SOON = (Object.keys(DEFECTS) as Defect[]).filter((name) => name !== 'failure-named-too-late');

describe(`within ${SEEDS_TO_FIND} seeds`, () => {
  test.each(FOUND_SOON)('%s is found', async (defect) => {
    for (let seed = 1; seed <= SEEDS_TO_FIND; seed += 1) {
      const { broken } = await simulate({ seed, defect });
      if (broken.length > 0) return;
    }
    expect.fail(`${SEEDS_TO_FIND} seeds hold although ${defect}.`);
  });
});
