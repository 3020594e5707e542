import { readFileSync } from 'node:fs';
import { ArgsError, readStartArgs, USAGE } from './args.ts';
import { banner, progressBar } from './banner.ts';
import { EmbeddedServer } from './server.ts';

/** `npm start`: the whole platform in one process. */
async function main(): Promise<void> {
  // Where the reader of a pipe (`| tee log`) ends first, say at Ctrl-C, there is still a folder to close.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const args = readStartArgs(process.argv.slice(2), (path) => readFileSync(path, 'utf8'));
  if (args.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const bar = progressBar(process.stdout);
  const server = await EmbeddedServer.start({ ...args, onProgress: bar });
  const stop = (signal: NodeJS.Signals): void => {
    process.stdout.write(`\n${signal}: finishing requests and closing the data folder …\n`);
    server.close().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await server.ready;
  process.stdout.write(banner(server.app, server.url));
}

function fail(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(error instanceof ArgsError ? 2 : 1);
}

main().catch(fail);
