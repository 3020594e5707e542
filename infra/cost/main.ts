import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_SIZE, SIZES } from '../../functions/shared/topology.ts';
import { deployedAs } from './deployed.ts';
import { CostError, MEASURED, readPrices, SHIPPED_PRICES, WORKLOAD, type Workload } from './inputs.ts';
import type { CostInputs } from './model.ts';
import { costReport, totalOf } from './report.ts';
import { costOf } from './stages.ts';

const USAGE = `npm run cost -- [options]: what a deployment costs a month
  --events-per-month N        default 100000000; 0 for what it costs while nobody sends
  --profile SIZE              small, medium or large (default ${DEFAULT_SIZE}); --size is the same
  --events-per-request N      default 20: an SDK that collects; 1: one that sends each event at once
  --visitors-per-request N    how many visitors these events are of: 1 (default) from an app's SDK, more from a server's
  --no-firewall               without WAF: an HTTP API instead of a REST API
  --announce-new-persons      the bus tells of new persons too
  --prices FILE               another price list, as infra/cost/prices.json
  --json                      the lines as JSON
and each assumption that the report ends with, by its name.`;

const assumptions = Object.keys(WORKLOAD) as (keyof Workload)[];
const flagOf = (name: string): string => name.replaceAll('_', '-');

const OPTIONS = {
  'events-per-month': { type: 'string', default: '100000000' },
  'events-per-request': { type: 'string', default: '20' },
  'visitors-per-request': { type: 'string', default: '1' },
  profile: { type: 'string' },
  size: { type: 'string' },
  'no-firewall': { type: 'boolean', default: false },
  'announce-new-persons': { type: 'boolean', default: false },
  prices: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  ...Object.fromEntries(assumptions.map((name) => [flagOf(name), { type: 'string' } as const])),
} as const;

interface Bounds {
  readonly least: number;
  readonly most: number;
}

function number(name: string, text: unknown, { least, most }: Bounds): number {
  const value = Number(text);
  if (text !== '' && Number.isFinite(value) && value >= least && value <= most) return value;
  throw new CostError(`--${name} must be a number from ${least} to ${most}; got "${String(text)}".`);
}

function sizeOf(given: string) {
  const size = SIZES.find((name) => name === given);
  if (size) return size;
  throw new CostError(`--profile must be one of ${SIZES.join(', ')}; got "${given}".`);
}

/** @throws CostError for an argument that is wrong, naming it. */
export function readCostArgs(argv: readonly string[]): { help: boolean; json: boolean; inputs: () => CostInputs } {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  const given = values as Readonly<Record<string, string | boolean | undefined>>; // names are those of OPTIONS
  const workload = { ...WORKLOAD };
  for (const name of assumptions) {
    const text = given[flagOf(name)];
    if (text !== undefined) workload[name] = number(flagOf(name), text, { least: 0, most: 1e9 });
  }
  const usage = {
    events_per_month: number('events-per-month', values['events-per-month'], { least: 0, most: 1e13 }),
    events_per_request: number('events-per-request', values['events-per-request'], { least: 1, most: 2_500 }),
    visitors_per_request: number('visitors-per-request', values['visitors-per-request'], { least: 1, most: 2_500 }),
  };
  if (usage.visitors_per_request > usage.events_per_request) {
    throw new CostError(
      '--visitors-per-request cannot be more than --events-per-request: each event is of one visitor.',
    );
  }
  const size = sizeOf(values.size ?? values.profile ?? DEFAULT_SIZE);
  const prices =
    values.prices === undefined ? SHIPPED_PRICES : readPrices(JSON.parse(readFileSync(values.prices, 'utf8')));
  const settings = { size, firewall: !values['no-firewall'], announce_new_persons: values['announce-new-persons'] };
  const inputs = () => ({ ...usage, workload, prices, measured: MEASURED, deployed: deployedAs(settings) });
  return { help: values.help, json: values.json, inputs };
}

function main(): void {
  try {
    const { help, json, inputs } = readCostArgs(process.argv.slice(2));
    if (help) return void process.stdout.write(`${USAGE}\n`);
    const found = inputs();
    const lines = costOf(found);
    process.stdout.write(
      json ? `${JSON.stringify({ total_usd: totalOf(lines), lines }, null, 2)}\n` : costReport(found),
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message}\n${error instanceof CostError ? '' : `\n${USAGE}\n`}`);
    process.exitCode = 1;
  }
}

if (import.meta.main) main();
