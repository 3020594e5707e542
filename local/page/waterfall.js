import { h, svg } from './dom.js';
import { formatPercent } from './format.js';
import { t, word } from './text.js';

/** @typedef {import('./api-types.ts').WaterfallSteps} WaterfallSteps */

/** @typedef {{label: string, bits: number}} Step */

/**
 * The bars of a waterfall in their order: what is likely before any comparison, every comparison that says something, what rare
 * or common values add, and lookalikes.
 * @param {WaterfallSteps} waterfall
 * @returns {Step[]}
 */
export function stepsOf({ priorBits, contributions, lookalikeBits }) {
  const steps = [{ label: t('review.before'), bits: priorBits }];
  for (const { comparison, level, bits, frequencyBits } of contributions) {
    const name = word('field', comparison);
    if (bits !== 0) steps.push({ label: `${name}: ${word('level', level)}`, bits });
    if (frequencyBits !== 0) {
      steps.push({ label: `${name}: ${t(frequencyBits > 0 ? 'review.rare' : 'review.common')}`, bits: frequencyBits });
    }
  }
  // Less than can be seen in the picture or in the figure says nothing.
  const telling = steps.filter(({ bits }) => Math.abs(bits) >= 0.05);
  return lookalikeBits <= -0.05 ? [...telling, { label: t('review.lookalike'), bits: lookalikeBits }] : telling;
}

/**
 * Where each bar begins and ends, every one where the one before ended, the sum from zero; 0 to 100 over the whole width.
 * @param {readonly Step[]} steps
 * @param {number} total bits
 */
export function barsOf(steps, total) {
  let sum = 0;
  const spans = steps.map(({ bits }) => {
    const from = sum;
    sum += bits;
    return [from, sum];
  });
  spans.push([0, total]);
  const all = [0, ...spans.flat()];
  const low = Math.min(...all);
  const width = Math.max(...all) - low || 1;
  const at = (/** @type {number} */ bits) => ((bits - low) / width) * 100;
  return {
    zero: at(0),
    bars: spans.map(([from = 0, to = 0]) => ({ from: at(Math.min(from, to)), to: at(Math.max(from, to)) })),
  };
}

const signed = (/** @type {number} */ bits) => `${bits < 0 ? '−' : '+'}${Math.abs(bits).toFixed(1)}`;

/** @param {{from: number, to: number}} bar @param {number} zero @param {string} kind */
const picture = ({ from, to }, zero, kind) =>
  svg(
    'svg',
    { viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('line', { x1: zero, x2: zero, y1: 0, y2: 12 }),
    svg('rect', { class: kind, x: from, y: 2, width: Math.max(0.8, to - from), height: 8 }),
  );

/**
 * How a score came about, step by step, as a picture that is also a table.
 * @param {WaterfallSteps} waterfall
 */
export function waterfallTable(waterfall) {
  const steps = stepsOf(waterfall);
  const total = { label: `${t('review.total')}: ${formatPercent(waterfall.probability)}`, bits: waterfall.bits };
  const { zero, bars } = barsOf(steps, waterfall.bits);
  const line = (/** @type {Step} */ { label, bits }, /** @type {number} */ at) => {
    const isTotal = at === steps.length;
    const kind = isTotal ? 'total' : bits < 0 ? 'against' : 'for';
    return h(
      'tr',
      { class: isTotal && 'total' },
      h('th', { scope: 'row' }, label),
      h('td', { class: 'bar-cell' }, picture(bars[at] ?? { from: zero, to: zero }, zero, kind)),
      h('td', { class: 'number right' }, signed(bits)),
    );
  };
  return h(
    'table',
    { class: 'waterfall' },
    h('caption', { class: 'quiet' }, t('review.waterfallHint')),
    h(
      'thead',
      { class: 'hidden' },
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, t('review.step')),
        h('td', {}),
        h('th', { scope: 'col' }, t('review.bits')),
      ),
    ),
    h('tbody', {}, ...[...steps, total].map(line)),
  );
}
