import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const MODEL = 'docs/model';
const FLAGS = ['-O1', '-w', '-DSAFETY', '-DCOLLAPSE', '-DMEMLIM=4000'];
const run = promisify(execFile);

/** Whether SPIN and a C compiler are there. */
function isInstalled(): boolean {
  try {
    execFileSync('spin', ['-V'], { stdio: 'ignore' });
    execFileSync('gcc', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('The model is not checked: spin or gcc is missing (apt-get install spin gcc).\n');
    return false;
  }
}

/** Searches all states of a scenario; the verifier's report. */
async function search(scenario: string, switches: readonly string[]): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'oneriver-model-'));
  try {
    cpSync(MODEL, cwd, { recursive: true });
    await run('spin', ['-a', ...[`SCENARIO=${scenario}`, ...switches].map((name) => `-D${name}`), 'identity.pml'], {
      cwd,
    });
    await run('gcc', [...FLAGS, '-o', 'pan', 'pan.c'], { cwd });
    return (await run('./pan', ['-m200000'], { cwd })).stdout;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

const errorsIn = (report: string): number => Number(/errors: (\d+)/.exec(report)?.[1] ?? -1);

describe.runIf(isInstalled())('the pointer protocol, in every interleaving of three workers', () => {
  test.each([
    ['SIDES'],
    ['CHAIN'],
    ['HUB'],
    ['UNBIND'],
    ['HALVES'],
    ['MERGE'],
    ['TWICE'],
    ['BACK'],
    ['EARLY'],
    ['RESTS'],
    ['COMES'],
    ['COMES CRASHES=1'],
    ['RESTS CRASHES=1'],
    ['MERGE CRASHES=1'],
    ['SIDES CRASHES=1'],
    ['HUB CRASHES=1'],
    ['BACK LOST=1'],
    ['HALVES CRASHES=1'],
    ['HALVES LOST=1'],
  ])('holds in %s', async (given) => {
    const [scenario = '', ...switches] = given.split(' ');
    const report = await search(scenario, switches);
    expect(report).not.toMatch(/not completed|truncated|max search depth too small|out of memory/);
    expect(errorsIn(report)).toBe(0);
  });

  test.each([
    ['NO_VERSION_CHECK', 'SIDES'],
    ['NO_FORWARD', 'SIDES'],
    ['NO_DEDUPE', 'TWICE'],
    ['NO_ATOMIC_COMMIT', 'SIDES'],
    ['NO_ASK_AGAIN', 'HALVES'],
    ['NO_LOOK_LATER', 'HALVES'],
    ['NO_FORMER', 'MERGE'],
    ['NO_RESTS_ON', 'RESTS'],
    ['LAKE_AFTER', 'CHAIN'],
    ['NO_STALE_READ', 'EARLY'],
    ['RING_IS_DEFECT', 'BACK'],
    ['NO_CONFIRM_WAYS', 'COMES'],
  ])('breaks by %s, and SPIN says so', async (mutation, scenario) => {
    const report = await search(scenario, [mutation]);
    expect(report).toMatch(/^pan:\d+: (?:assertion violated|invalid end state)/m);
    expect(errorsIn(report)).toBe(1);
  });

  test('a founder whose document is not committed with the component would have a One ID that leads nowhere', async () => {
    expect(await search('CHAIN', ['FOUNDER_APART'])).toMatch(/^pan:1: assertion violated .*seen.*component/m);
  });

  test('a merge that dies after its commit would lose what its halves triggered, were it not looked at again', async () => {
    expect(await search('MERGE', ['CRASHES=1', 'NO_LOOK_AT_MOVES'])).toMatch(/^pan:1: assertion violated .*asked/m);
  });
});

test('the model and the code name the same steps', () => {
  const textOf = (folder: string, end: string): string =>
    readdirSync(folder)
      .filter((name) => name.endsWith(end))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
  const code = ['functions/stitch', 'functions/shared/person', 'functions/shared/identity', 'functions/shared']
    .map((folder) => textOf(folder, '.ts'))
    .join('\n');
  const names = Array.from(textOf(MODEL, '.pml').matchAll(/^(?:inline|proctype) (\w+)/gm), ([, name = '']) => name);
  const isStep = (name: string): boolean => !name.startsWith('check');
  const defined = (name: string): boolean =>
    new RegExp(`function ${name}\\b|const ${name} =|^ +(?:async )?${name}\\(`, 'm').test(code);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter(isStep).filter((name) => !defined(name))).toEqual([]);
});
