import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { IdentitySecretError } from '../functions/shared/identity-secrets.ts';
import { IdentitySecretFile } from './identity-secrets.ts';
import { SourceRegistry } from './sources.ts';

const USAGE = `npm run identity-secret -- list                    sources and ids of their secrets
npm run identity-secret -- show SOURCE             the newest secret of a source, to sign with
npm run identity-secret -- add SOURCE              one more; the old one goes on counting
npm run identity-secret -- remove SOURCE ID        what it signed proves nothing any more
  --data DIR                                       data folder (default: data)`;

/** `npm run identity-secret`: shows and rotates what servers sign identity tokens with. Only `show` and `add` print a secret. */
function run(argv: readonly string[], now: number): string {
  const options = { data: { type: 'string', default: 'data' }, help: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  const [command = 'list', source = '', id = ''] = positionals;
  if (values.help) return USAGE;
  const dir = resolve(values.data);
  if (!existsSync(join(dir, 'keys', 'identity-secrets.json'))) {
    throw new IdentitySecretError(
      `There are no identity secrets in ${dir}; run npm start once, or name it with --data.`,
    );
  }
  const file = new IdentitySecretFile(dir, { first: [], now });
  if (command === 'list') {
    const lines = Object.entries(file.all()).flatMap(([name, secrets]) =>
      secrets.map((secret) => `${name}  ${secret.id}  ${secret.created_at}`),
    );
    return lines.join('\n');
  }
  const sources = sourceIds(dir);
  if (!sources.includes(source)) throw new IdentitySecretError(`Name one of the sources ${sources.join(', ')}.`);
  if (command === 'add') return file.add(source, now).secret;
  if (command === 'remove') {
    file.remove(source, id);
    return `The secret ${id} of ${source} no longer counts.`;
  }
  if (command !== 'show') throw new IdentitySecretError(`There is no command "${command.slice(0, 40)}".`);
  const newest = file.all()[source]?.at(-1);
  if (!newest) throw new IdentitySecretError(`The source "${source}" has no identity secret; add one.`);
  return newest.secret;
}

function sourceIds(dir: string): string[] {
  const registry = new SourceRegistry(dir);
  try {
    return registry.store.all().map(({ definition }) => definition.source_id);
  } finally {
    registry.close();
  }
}

try {
  process.stdout.write(`${run(process.argv.slice(2), Date.now())}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 1;
}
