import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/source-tree.ts';

const CDK = join(ROOT, 'node_modules', '.bin', 'cdk');
const LAST_LINES = 40;
/** What the emulator says of resources that it cannot make. */
const UNKNOWN = /Unrecognized resource types: \[[^\]]*\]|\w+ \| [^|]*\| CREATE_FAILED +\|.*/g;

export type Environment = Readonly<Record<string, string>>;

/** The CDK's own command line tool, of the version that package.json names. @throws Error with what it wrote last */
export async function cdk(args: readonly string[], environment: Environment): Promise<void> {
  const child = spawn(CDK, args, {
    cwd: ROOT,
    env: { ...process.env, ...environment, CI: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const failed = output.match(UNKNOWN);
  const hint = failed
    ? `\nWhat the emulator cannot make belongs in test/deploy/left-out.json, with the reason:\n${failed.join('\n')}`
    : '';
  throw new Error(
    `cdk ${args.join(' ')} ended with ${code}:\n${output.split('\n').slice(-LAST_LINES).join('\n')}${hint}`,
  );
}

/** Writes the templates of all stacks into a folder, with the settings that a deployment has by default. */
export const synthesise = (folder: string, environment: Environment): Promise<void> =>
  cdk(['synth', '--quiet', '--output', folder], environment);

/** Prepares the account, then deploys every stack of the folder; gives back the outputs of each by its name. */
export async function deploy(
  folder: string,
  environment: Environment,
): Promise<Record<string, Record<string, string>>> {
  const outputs = join(folder, 'outputs.json');
  await cdk(['bootstrap', '--app', folder], environment);
  const options = ['--all', '--require-approval', 'never', '--progress', 'events', '--outputs-file', outputs];
  await cdk(['deploy', '--app', folder, ...options], environment);
  return JSON.parse(readFileSync(outputs, 'utf8'));
}

/** The accounts and regions that the stacks of a folder are made for, as `aws://account/region`. */
export function environmentsOf(folder: string): string[] {
  const { artifacts } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    artifacts: Record<string, { type: string; environment?: string }>;
  };
  const stacks = Object.values(artifacts).filter(({ type }) => type === 'aws:cloudformation:stack');
  return [...new Set(stacks.flatMap(({ environment }) => environment ?? []))];
}
