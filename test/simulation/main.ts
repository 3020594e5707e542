import { parseArgs } from 'node:util';
import { TAMPERS, type TamperName } from './defects.ts';
import { FAULT_NAMES, type FaultName } from './faults.ts';
import { report } from './shrink.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

/** A word on the command line is none that the simulation knows. */
class UsageError extends Error {
  override name = 'UsageError';
}

const USAGE = `npm run simulate -- --seed N [--only FAULT,…] [--shoppers NAME,…] [--defect NAME] [--summary]
npm run simulate -- --seed N --seeds COUNT   many seeds, failures only
faults: ${FAULT_NAMES.join(', ')}; or none
defects: ${Object.keys(TAMPERS).join(', ')}`;

function known<T extends string>(names: readonly T[], word: string): T {
  const found = names.find((name) => name === word);
  if (found === undefined) throw new UsageError(`"${word}" is none of ${names.join(', ')}.`);
  return found;
}

const listOf = (text: string | undefined): string[] | undefined => text?.split(',').filter((word) => word !== 'none');

function optionsFrom(values: { only?: string; shoppers?: string; defect?: string }): Omit<SimulationOptions, 'seed'> {
  const only = listOf(values.only)?.map((word): FaultName => known(FAULT_NAMES, word));
  const shoppers = listOf(values.shoppers);
  return {
    ...(only && { only: new Set(only) }),
    ...(shoppers && { shoppers: new Set(shoppers) }),
    ...(values.defect !== undefined && { defect: known(Object.keys(TAMPERS) as TamperName[], values.defect) }),
  };
}

/** Runs one seed and prints its trace, or many and prints what breaks. Exit code 1 when anything does. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      only: { type: 'string' },
      shoppers: { type: 'string' },
      defect: { type: 'string' },
      summary: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [first, count] = [Number(values.seed), Number(values.seeds)];
  if (values.help || !Number.isSafeInteger(first) || !Number.isSafeInteger(count)) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const options = optionsFrom(values);
  const prints = count === 1 && !values.summary;
  let failed = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const print = (line: string): void => void process.stdout.write(`${line}\n`);
    const result = await simulate({ ...options, seed, ...(prints && { print }) });
    if (result.broken.length === 0) continue;
    failed += 1;
    process.stdout.write(`${await report({ ...options, seed }, result)}\n`);
  }
  process.stdout.write(`${count - failed} of ${count} seeds from ${first} hold\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

await main().catch((error: unknown) => {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
});
