import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';

const Templates = Type.Object({
  Resources: Type.Record(
    Type.String(),
    Type.Object({ Type: Type.String(), DeletionPolicy: Type.Optional(Type.String()) }),
  ),
});
const SUFFIX = '.template.json';

/** `-c name=value` and `--context name=value`, which the synthesis is to know of too. */
const contextOf = (args: readonly string[]): string[] =>
  args.flatMap((arg, index) => (arg === '-c' || arg === '--context' ? ['-c', args[index + 1] ?? ''] : []));

const cdk = (...args: readonly string[]): number => spawnSync('cdk', args, { stdio: 'inherit' }).status ?? 1;

/** `TYPE STACK/ID` of each resource with data that stays when its stack goes. */
function keptIn(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  return files.flatMap((file) => {
    const { Resources } = Value.Parse(Templates, JSON.parse(readFileSync(join(folder, file), 'utf8')));
    return Object.entries(Resources)
      .filter(([, resource]) => resource.DeletionPolicy?.startsWith('Retain'))
      .map(([id, resource]) => `  ${resource.Type.padEnd(32)} ${file.slice(0, -SUFFIX.length)}/${id}`);
  });
}

/**
 * `npm run destroy`: says what stays, then hands over to `cdk destroy --all`, which asks before it does anything. Arguments go
 * to the CDK.
 */
function destroy(args: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'oneriver-destroy-'));
  try {
    const failed = cdk('synth', '--quiet', '--output', folder, ...contextOf(args));
    if (failed !== 0) return failed;
    console.log(`\nThese stay, with their data:\n\n${keptIn(folder).join('\n')}\n`);
    console.log('Their names are in the output "Kept" of each stack: note them now.');
    console.log('How to remove them too is in docs/how-to/deploy.md.\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return cdk('destroy', '--all', ...args);
}

process.exitCode = destroy(process.argv.slice(2));
