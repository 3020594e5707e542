import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface StartArgs {
  readonly port: number;
  readonly dir: string;
  readonly seed: boolean;
  readonly allowedOrigins: readonly string[];
  readonly webhook: { url: string; secret: string } | undefined;
  readonly help: boolean;
}

/** The command line is wrong; the message says how to put it right. */
export class ArgsError extends Error {
  override name = 'ArgsError';
}

export const USAGE = `npm start -- [options]
  --port 8787                 port on 127.0.0.1 (0: any free one)
  --data DIR                  data folder (default: data)
  --empty                     no sample traffic in a new data folder
  --allow-origin URL          further origin that browsers may send events from; may be repeated
  --webhook-url URL           where messages of the webhook channel go
  --webhook-secret-file FILE  file with its secret: whsec_ and base64`;

/** Reads the command line of `npm start`. @throws ArgsError */
export function readStartArgs(argv: readonly string[], readSecret: (path: string) => string): StartArgs {
  const options = {
    port: { type: 'string', default: '8787' },
    data: { type: 'string', default: 'data' },
    empty: { type: 'boolean', default: false },
    'allow-origin': { type: 'string', multiple: true, default: [] as string[] },
    'webhook-url': { type: 'string' },
    'webhook-secret-file': { type: 'string' },
    help: { type: 'boolean', default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    values = parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new ArgsError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535)
    throw new ArgsError(`--port must be 0 to 65535; got "${values.port}".`);
  for (const origin of values['allow-origin']) {
    if (URL.parse(origin)?.origin !== origin) {
      throw new ArgsError(`--allow-origin must be an origin such as https://shop.example.com; got "${origin}".`);
    }
  }
  const url = values['webhook-url'];
  const secretFile = values['webhook-secret-file'];
  if ((url === undefined) !== (secretFile === undefined)) {
    throw new ArgsError('--webhook-url and --webhook-secret-file go together.');
  }
  return {
    port,
    dir: resolve(values.data),
    seed: !values.empty,
    allowedOrigins: values['allow-origin'],
    webhook: url !== undefined && secretFile !== undefined ? { url, secret: readSecret(secretFile).trim() } : undefined,
    help: values.help,
  };
}
