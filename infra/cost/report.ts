import type { CostInputs, CostLine } from './model.ts';
import { costOf } from './stages.ts';

const usd = (value: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const amount = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });

export const totalOf = (lines: readonly CostLine[]): number => lines.reduce((sum, line) => sum + line.usd, 0);

const STAGES = ['collect', 'clean', 'stitch', 'lake', 'fire', 'operations', 'idle'];

function stageRows(lines: readonly CostLine[], millions: number): string[] {
  return STAGES.flatMap((stage) => {
    const own = lines.filter((line) => line.stage === stage);
    if (own.length === 0) return [];
    const sum = totalOf(own);
    const share = millions > 0 ? usd(sum / millions) : '';
    return [`${stage.padEnd(48)}${usd(sum).padStart(12)}${share.padStart(14)}`];
  });
}

function detailRows(lines: readonly CostLine[], inputs: CostInputs): string[] {
  return lines.map(({ stage, item, price, quantity, usd: cost }) => {
    const unit = inputs.prices.prices[price]?.unit ?? price;
    return `  ${`${stage}: ${item}`.padEnd(42)}${amount(quantity).padStart(18)}  ${unit.padEnd(42)}${usd(cost).padStart(10)}`;
  });
}

/** The bill as text: per stage, what it is without traffic, then line by line, and what was assumed. */
export function costReport(inputs: CostInputs): string {
  const { events_per_month: events, events_per_request, visitors_per_request, deployed, prices, workload } = inputs;
  const lines = costOf(inputs);
  const idle = totalOf(costOf({ ...inputs, events_per_month: 0 }));
  const millions = events / 1e6;
  const total = totalOf(lines);
  const head = `${amount(events)} events a month, ${events_per_request} a request, of ${visitors_per_request} visitor${visitors_per_request === 1 ? '' : 's'} each; size ${deployed.size}, firewall ${deployed.firewall ? 'on' : 'off'}; ${prices.region}, prices of ${prices.as_of}`;
  const assumed = Object.entries(workload).map(([name, value]) => `  --${name.replaceAll('_', '-')} ${value}`);
  return [
    ...[head, '', `${'stage'.padEnd(48)}${'USD a month'.padStart(12)}${'per million'.padStart(14)}`],
    ...stageRows(lines, millions),
    `${'all in'.padEnd(48)}${usd(total).padStart(12)}${(millions > 0 ? usd(total / millions) : '').padStart(14)}`,
    `${'of this, idle'.padEnd(48)}${usd(idle).padStart(12)}`,
    ...['', 'Line by line', ...detailRows(lines, inputs)],
    ...['', 'Assumed (each can be set)', ...assumed],
    ...['', prices.note, ''],
  ].join('\n');
}
