import { SourceError } from '../functions/shared/sources/error.ts';
import { openSourceDesk } from './source-cli/open.ts';
import { runSource, USAGE } from './source-cli/run.ts';

/** Standard input as text: a secret given there is in no list of processes and in no history. */
async function input(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8').trim();
}

try {
  const text = await runSource(process.argv.slice(2), { open: openSourceDesk, input });
  process.stdout.write(`${text}\n`);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof SourceError ? `${message}\n` : `${message}\n\n${USAGE}\n`);
  process.exitCode = 1;
}
