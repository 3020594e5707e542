import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dynamoDbLocalMissing } from '../test/support/dynamodb-local.ts';
import { runTask } from './child.ts';
import type { KindUnits } from './dynamo-kinds.ts';
import { identityReport } from './identity-report.ts';
import { describeMachine } from './machine.ts';
import { median } from './measure.ts';
import type { ResolveRun } from './resolve.ts';
import { runScale } from './scale.ts';

const PEOPLE = 350_000;
const RESOLVE_RUNS = 3;
/** People in the table when the request units are measured. */
const DYNAMO_PEOPLE = 3_000;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function resolveRuns(): Promise<ResolveRun> {
  const runs: ResolveRun[] = [];
  for (let n = 0; n < RESOLVE_RUNS; n += 1) runs.push(await runTask<ResolveRun>('resolve', { people: PEOPLE }));
  const middle = median(runs.map(({ cost }) => cost.seconds));
  const run = runs.find(({ cost }) => cost.seconds === middle);
  if (!run) throw new Error('No run of resolve has the median time; this is a defect.');
  return run;
}

async function dynamo(): Promise<KindUnits[]> {
  const missing = dynamoDbLocalMissing();
  if (missing === undefined) return runTask<KindUnits[]>('dynamo-kinds', { people: DYNAMO_PEOPLE });
  say(`DynamoDB Local cannot run here: ${missing}. Its part is left out.`);
  return [];
}

/** Sizes as `--sizes 10000,100000`. @throws Error for one that is no positive whole number */
function sizesOf(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new Error(`--sizes must be whole numbers of identifiers, separated by commas; got "${text}".`);
  }
  return sizes;
}

/** `npm run bench:identity`: identity at scale. Five million identifiers take 8 GB on the disk and ten minutes to make. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '10000,100000,1000000,5000000' },
      rounds: { type: 'string', default: '25' },
    },
  });
  const sizes = sizesOf(values.sizes);
  const rounds = Number(values.rounds);
  if (!(rounds >= 1)) throw new Error('--rounds must be 1 or more.');
  const machine = describeMachine(new Date());
  const scale = await runScale(sizes, rounds, say);
  const resolve = await resolveRuns();
  const dynamodb = await dynamo();
  const results = { machine, load_average_after: loadavg()[0] ?? 0, rounds, scale, resolve, dynamodb };
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = `${machine.date.slice(0, 10)}-identity`;
  writeFileSync(join(folder, `${name}.md`), identityReport(results));
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${identityReport(results)}\nWritten to bench/results/${name}.md and .json.\n`);
}

await main();
