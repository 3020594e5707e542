import { ArgsError } from './args.ts';
import { readImportArgs, USAGE } from './import/args.ts';
import { printReport, progressLine } from './import/print.ts';
import { importHere, importThroughServer } from './import/run.ts';

/** `npm run import`: imports a file; prints progress, and then the report as JSON. */
async function main(): Promise<void> {
  const args = readImportArgs(process.argv.slice(2));
  if (args.help) return void process.stdout.write(`${USAGE}\n`);
  const onProgress = progressLine(process.stderr);
  const report = (await importThroughServer(args, onProgress)) ?? (await importHere(args, onProgress));
  printReport(report, process.stdout);
  if (report.outcome === 'failed') process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof ArgsError ? 2 : 1;
});
