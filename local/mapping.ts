import { runMapping, USAGE } from './mapping-cli/run.ts';

try {
  process.stdout.write(`${await runMapping(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 1;
}
