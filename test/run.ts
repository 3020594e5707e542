import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { startVitest, type TestCase, type TestModule } from 'vitest/node';
import { type Counts, countLine, exitCode, sum } from './support/counts.ts';

const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--noEmit'],
];

/** Runs one command as one test; what it says is shown only where it fails. */
async function runCheck([name, command, ...args]: (typeof CHECKS)[number]): Promise<Counts> {
  const started = performance.now();
  const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const ok = await new Promise<boolean>((resolve) => {
    child.once('error', (error) => {
      output.push(Buffer.from(`${error.message}\n`));
      resolve(false);
    });
    child.once('close', (code) => resolve(code === 0));
  });
  if (!ok) process.stdout.write(Buffer.concat(output));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(` ${ok ? '✓' : '✗'} ${name} (${command} ${args.join(' ')}) ${seconds} s\n`);
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/** A file that breaks before or after its tests is a failure of its own, also where none of its tests is. */
function countModule(module: TestModule): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const test of module.children.allTests() as Iterable<TestCase>) {
    const { state } = test.result();
    if (state === 'passed') counts.passed++;
    else if (state === 'skipped') counts.skipped++;
    else counts.failed++;
  }
  if (counts.failed === 0 && module.state() === 'failed') counts.failed = 1;
  return counts;
}

/** Runs one project of vitest.config.ts, or those of its files whose path holds a filter. */
async function runVitest(project: string, filters: readonly string[]): Promise<Counts> {
  const vitest = await startVitest('test', [...filters], {
    run: true,
    watch: false,
    project: [project],
    reporters: ['default'],
    passWithNoTests: true,
    // What waits for a deployment waits in vain once that does not work.
    bail: project === 'deploy' ? 3 : 0,
  });
  const modules = vitest.state.getTestModules().map(countModule);
  const errors = vitest.state.getUnhandledErrors().length;
  await vitest.close();
  return sum([...modules, { passed: 0, failed: errors, skipped: 0 }]);
}

/** `npm test`: formatter, linter, types, then every test; the last line is the count. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { slow: { type: 'boolean', default: false }, deploy: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const checks: Counts[] = [];
  const project = values.deploy ? 'deploy' : values.slow ? 'slow' : 'normal';
  if (project === 'normal' && positionals.length === 0) for (const check of CHECKS) checks.push(await runCheck(check));
  const tests = await runVitest(project, positionals);
  const total = sum([...checks, tests]);
  if (tests.passed + tests.failed === 0) {
    total.failed++;
    process.stdout.write('No test ran; that counts as a failure.\n');
  }
  await new Promise((resolve) => process.stdout.write(`${countLine(total)}\n`, resolve));
  // Vitest sets an exit code of its own, and something a test left open must not hold the process.
  process.exit(exitCode(total));
}

await main();
