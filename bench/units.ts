import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SIZES } from '../functions/shared/topology.ts';
import { dynamoDbLocalMissing } from '../test/support/dynamodb-local.ts';
import { runTask } from './child.ts';
import type { DynamoRun } from './dynamo.ts';
import type { ArrivalsOptions, ArrivalsRun, MixName } from './dynamo-arrivals.ts';
import { describeMachine } from './machine.ts';
import { measureRecords, peopleFor } from './stream-records.ts';
import { type UnitResults, unitsReport } from './units-report.ts';

/** Shoppers of the sample month. */
const PEOPLE = 60;
const MIX_NAMES: readonly MixName[] = ['known', 'mixed', 'new'];

/** What comes in a second, and for how many seconds. */
const LOADS = [
  { load: '**1,000 events/s, 20 a request**', events: 1_000, seconds: 12, events_per_request: 20 },
  { load: '40 events/s (100 million a month), 20 a request', events: 40, seconds: 120, events_per_request: 20 },
  { load: '40 events/s, one a request', events: 40, seconds: 120, events_per_request: 1 },
  { load: '4 events/s, one a request', events: 4, seconds: 600, events_per_request: 1 },
] as const;

const recordsOfAll = (): UnitResults['records'] =>
  LOADS.flatMap(({ load, events, ...rest }) =>
    SIZES.map((size) => ({ ...measureRecords({ size, people: peopleFor(events), ...rest }), load })),
  );

/** `npm run bench:units`: what events cost in request units of DynamoDB and in records of the stream, in batches and at a trickle. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '12' } } });
  const seconds = Number(values.seconds);
  if (!(Number.isSafeInteger(seconds) && seconds >= 3)) throw new Error('--seconds must be 3 or more.');
  const missing = dynamoDbLocalMissing();
  if (missing !== undefined) throw new Error(`DynamoDB Local cannot run here: ${missing}.`);
  const machine = describeMachine(new Date());
  const arrivals: ArrivalsRun[] = [];
  const measure = async (options: ArrivalsOptions): Promise<void> => {
    arrivals.push(await runTask<ArrivalsRun>('dynamo-arrivals', options));
    process.stderr.write(`${options.mix}${options.trickle ? ', at a trickle' : ''}: measured\n`);
  };
  for (const mix of MIX_NAMES) await measure({ mix, seconds, trickle: false });
  await measure({ mix: 'mixed', seconds: 3, trickle: true });
  const month: UnitResults['month'][number][] = [];
  for (const batch of [100, 0]) {
    month.push({ ...(await runTask<DynamoRun>('dynamo', { people: PEOPLE, batch })), batch });
  }
  const records = recordsOfAll();
  const results: UnitResults = { machine, load_average_after: loadavg()[0] ?? 0, arrivals, records, month };
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = `${machine.date.slice(0, 10)}-units`;
  writeFileSync(join(folder, `${name}.md`), unitsReport(results));
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${unitsReport(results)}\nWritten to bench/results/${name}.md and .json.\n`);
}

await main();
