import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../../functions/shared/match/model.ts';
import { scoreTwo } from '../../../../functions/shared/match/online.ts';
import { detectRoles } from '../../../../functions/shared/match/roles.ts';
import { scorePairs } from '../../../../functions/shared/match/score.ts';
import { prepare, train } from '../../../../functions/shared/match/train.ts';
import { readCsv } from '../../../../local/match-csv.ts';

it('scores two records as in the file they were trained on, in both directions', async () => {
  const raw = await readCsv(join(import.meta.dirname, '../../../slow/match/fake_1000.csv'));
  const roles = detectRoles(raw, true);
  const prepared = prepare(raw, roles, DEFAULT_SETTINGS);
  const model = train(raw, roles, DEFAULT_SETTINGS, prepared);
  const scores = scorePairs(prepared.pairs, model, prepared.comparisons);
  const record = (at: number) => Object.fromEntries(raw.columns.map((name, column) => [name, raw.rows[at]?.[column]]));
  for (let pair = 0; pair < scores.length; pair += 4999) {
    const [a, b] = [record(prepared.pairs.left[pair] ?? 0), record(prepared.pairs.right[pair] ?? 0)];
    expect(scoreTwo(model, a, b).bits).toBeCloseTo(scores[pair] ?? Number.NaN, 9);
    expect(scoreTwo(JSON.parse(JSON.stringify(model)), b, a).bits).toBeCloseTo(scores[pair] ?? Number.NaN, 9);
  }
});
