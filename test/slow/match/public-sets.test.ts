import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Quality } from '../../../functions/shared/match/evaluate.ts';
import { DEFAULT_SETTINGS } from '../../../functions/shared/match/model.ts';
import { evaluate } from '../../../functions/shared/match/report.ts';
import { prepare, train } from '../../../functions/shared/match/train.ts';
import { readCsv } from '../../../local/match-csv.ts';
import { rolesFor, truthOf } from '../../../local/match-input.ts';

/** Splink 5.0.0.dev4 on the same files, trained without labels, every true pair in the denominator. */
const SPLINK = {
  'fake_1000.csv': {
    truePairs: 2031,
    best: [0.9554, 0.7814, 0.8597],
    atDefault: [1, 0.5313, 0.6939],
    components: 0.916,
  },
  'febrl3.csv': { truePairs: 6538, best: [0.9991, 0.9916, 0.9953], atDefault: [1, 0.9694, 0.9845], components: 0.9972 },
};

/** Precision, recall and F1, each. */
function expectAtLeast({ precision, recall, f1 }: Quality, figures: readonly number[]): void {
  const below = [precision, recall, f1].map((ours, at) => Math.min(0, ours - (figures[at] ?? 1)));
  expect(below).toEqual([0, 0, 0]);
}

describe.each(Object.entries(SPLINK))('%s, trained without labels', (file, splink) => {
  it.each([DEFAULT_SETTINGS.maxAllPairs, 0])(
    'is matched at least as well as by Splink (compared whole up to %i pairs)',
    async (maxAllPairs) => {
      const settings = { ...DEFAULT_SETTINGS, maxAllPairs };
      const raw = await readCsv(join(import.meta.dirname, file));
      const roles = rolesFor(raw, { settings, model: undefined, truth: undefined });
      const prepared = prepare(raw, roles, settings);
      const result = evaluate(prepared, train(raw, roles, settings, prepared), truthOf(raw, roles));
      expect(result.truePairs).toBe(splink.truePairs);
      expectAtLeast(result.best.pairs, splink.best);
      expectAtLeast(result.atDefault.pairs, splink.atDefault);
      expect(result.bestComponents.components.f1).toBeGreaterThanOrEqual(splink.components);
      expect(result.agreeingClusters.f1).toBeGreaterThanOrEqual(splink.components);
    },
  );
});
