import type { MatchModel } from '../functions/shared/match/model.ts';
import { probabilityOfBits, scorePairs, waterfall } from '../functions/shared/match/score.ts';
import type { Prepared } from '../functions/shared/match/train.ts';

export type Decision = 'link' | 'review' | 'none';

/** Pairs below this are not written: nearly all pairs of strangers are. */
const LEAST_WRITTEN = 0.01;

/** What is done with a pair of this probability. */
export const decide = (probability: number, { linkAt, reviewAt }: { linkAt: number; reviewAt: number }): Decision =>
  probability >= linkAt ? 'link' : probability >= reviewAt ? 'review' : 'none';

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Scored pairs as CSV, likeliest first: ids, probability, bits, decision, model version and the bits of every comparison. */
export function scoredCsv(
  prepared: Prepared,
  model: MatchModel,
  ids: readonly string[],
): { csv: string; counts: Record<Decision, number> } {
  const { pairs, comparisons } = prepared;
  const scores = scorePairs(pairs, model, comparisons);
  const counts = { link: 0, review: 0, none: 0 };
  const header = [
    'left',
    'right',
    'probability',
    'bits',
    'decision',
    'model',
    'bits of prior',
    'bits of lookalikes',
    ...comparisons.map(({ name }) => `bits of ${name}`),
  ];
  const kept = [...scores.keys()].filter((pair) => probabilityOfBits(scores[pair] ?? 0) >= LEAST_WRITTEN);
  kept.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const lines = kept.map((pair) => {
    const [i, j] = [pairs.left[pair] ?? 0, pairs.right[pair] ?? 0];
    const { priorBits, contributions, lookalikeBits, bits, probability } = waterfall(model, comparisons, [i, j]);
    const decision = decide(probability, model.settings);
    counts[decision] += 1;
    const parts = [priorBits, lookalikeBits, ...contributions.map((one) => one.bits + one.frequencyBits)].map((value) =>
      value.toFixed(3),
    );
    return [ids[i] ?? '', ids[j] ?? '', probability.toFixed(6), bits.toFixed(3), decision, model.version, ...parts]
      .map(cell)
      .join(',');
  });
  return { csv: `${[header.map(cell).join(','), ...lines].join('\n')}\n`, counts };
}
