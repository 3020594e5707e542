import type { Evaluation, ThresholdRow } from './report.ts';
import type { Waterfall } from './score.ts';

const BAR_BITS = 2;

interface Step {
  readonly label: string;
  readonly bits: number;
}

/** The bars of a waterfall in their order: the prior, every comparison, what rare or common values add, lookalikes. */
export function stepsOf({ priorBits, contributions, lookalikeBits }: Waterfall): Step[] {
  const steps: Step[] = [{ label: 'before any comparison', bits: priorBits }];
  for (const { comparison, level, bits, frequencyBits } of contributions) {
    steps.push({ label: `${comparison}: ${level}`, bits });
    if (frequencyBits !== 0)
      steps.push({ label: `${comparison}: ${frequencyBits > 0 ? 'rare' : 'common'} value`, bits: frequencyBits });
  }
  if (lookalikeBits < 0) steps.push({ label: 'may be others of the household or name', bits: lookalikeBits });
  return steps;
}

const signed = (bits: number): string => `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(2)}`;

/** A pair's score as lines of text, one comparison each; a bar character stands for two bits. */
export function waterfallText(chart: Waterfall): string {
  const steps = stepsOf(chart);
  const width = Math.max(...steps.map(({ label }) => label.length));
  const line = ({ label, bits }: Step): string =>
    `${label.padEnd(width)}  ${signed(bits).padStart(7)}  ${(bits < 0 ? '░' : '█').repeat(Math.round(Math.abs(bits) / BAR_BITS))}`.trimEnd();
  const total = `${'all together'.padEnd(width)}  ${signed(chart.bits).padStart(7)}  probability ${chart.probability.toPrecision(6)}`;
  return `${[...steps.map(line), total].join('\n')}\n`;
}

const escapeXml = (text: string): string => text.replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** The same as a picture: every bar begins where the one before ended, right is for a match and left against it. */
export function waterfallSvg(chart: Waterfall): string {
  const steps = [...stepsOf(chart), { label: 'all together', bits: chart.bits }];
  let sum = 0;
  const ends = steps.slice(0, -1).map(({ bits }) => {
    sum += bits;
    return sum;
  });
  const low = Math.min(0, ...ends);
  const scale = 420 / Math.max(1, Math.max(0, ...ends) - low);
  const x = (bits: number): number => 320 + (bits - low) * scale;
  const bars = steps.map(({ label, bits }, at) => {
    const from = at === steps.length - 1 ? 0 : (ends[at - 1] ?? 0);
    const [start, end] = [x(Math.min(from, from + bits)), x(Math.max(from, from + bits))];
    const colour = at === steps.length - 1 ? '#555' : bits < 0 ? '#c0504d' : '#4f8f5b';
    const y = 14 + at * 24;
    return `<text x="310" y="${y + 12}" text-anchor="end">${escapeXml(label)}</text><rect x="${start.toFixed(1)}" y="${y}" width="${Math.max(1, end - start).toFixed(1)}" height="16" fill="${colour}"/><text x="${(end + 5).toFixed(1)}" y="${y + 12}">${signed(bits)}</text>`;
  });
  const height = 28 + steps.length * 24;
  const zero = `<line x1="${x(0).toFixed(1)}" x2="${x(0).toFixed(1)}" y1="8" y2="${height - 8}" stroke="#999"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="820" height="${height}" font-family="sans-serif" font-size="12">${zero}${bars.join('')}</svg>\n`;
}

const four = (value: number): string => value.toFixed(4);
const rowText = ({ threshold, pairs, components }: ThresholdRow): string =>
  `${String(threshold).padEnd(9)}  ${four(pairs.precision)} ${four(pairs.recall)} ${four(pairs.f1)}   ${four(components.precision)} ${four(components.recall)} ${four(components.f1)}`;
const SHOWN = new Set([0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]);

/** An evaluation as a table for a terminal. */
export function evaluationText(result: Evaluation): string {
  const { best, atDefault, bestComponents, agreeingClusters: clusters } = result;
  return [
    `${result.records} records of ${result.persons} persons, ${result.truePairs} true pairs`,
    `${result.candidatePairs} candidate pairs; recall lost to blocking ${four(result.recallLostToBlocking)}; model ${result.modelVersion}`,
    '',
    'threshold  pairs: P    R      F1       components: P R  F1',
    ...result.rows.filter(({ threshold }) => SHOWN.has(threshold) || threshold === atDefault.threshold).map(rowText),
    '',
    `best F1 of pairs        ${four(best.pairs.f1)} at ${best.threshold} (P ${four(best.pairs.precision)}, R ${four(best.pairs.recall)})`,
    `F1 of pairs at default  ${four(atDefault.pairs.f1)} at ${atDefault.threshold} (P ${four(atDefault.pairs.precision)}, R ${four(atDefault.pairs.recall)})`,
    `best F1 of components   ${four(bestComponents.components.f1)} at ${bestComponents.threshold}; at default ${four(atDefault.components.f1)}`,
    `F1 of agreeing clusters ${four(clusters.f1)} from ${result.settings.reviewAt} (P ${four(clusters.precision)}, R ${four(clusters.recall)})`,
    '',
  ].join('\n');
}
