import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { RulesPreview } from '../functions/shared/person/preview.ts';
import type { IdentityRules } from '../schemas/identifier.ts';
import shipped from '../schemas/identity-rules.json' with { type: 'json' };
import { App } from './app.ts';
import type { RulesState } from './rules/desk.ts';
import { previewText, stateText, sweepText } from './rules/print.ts';
import { importSegment } from './rules/segment.ts';

const USAGE = `npm run identity -- show [--json]
npm run identity -- export [--out FILE]
npm run identity -- diff --rules FILE [--json]
npm run identity -- apply --rules FILE --why TEXT [--json]
npm run identity -- import-segment FILE [--out FILE]
  --data DIR   data folder (default: data); the server that has it open is asked, if there is one`;

const POLL_MS = 200;

/** The same calls, whether a server has the folder open or this process does. */
interface Desk {
  state(): Promise<RulesState>;
  diff(rules: unknown): Promise<RulesPreview>;
  apply(rules: unknown, why: string): Promise<RulesPreview>;
  /** Resolves when the sweep is over. */
  done(): Promise<RulesState>;
  close(): Promise<void>;
}

/** The answer of a running server. @throws Error with what it says is wrong */
async function ask<T>(url: string, path: string, body?: object): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, init);
  const answer = (await response.json()) as T & { message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** The server that has the folder open; undefined when none answers. */
async function runningServer(dir: string): Promise<Desk | undefined> {
  const path = join(dir, 'dev.json');
  if (!existsSync(path)) return undefined;
  const { url, publicKey } = JSON.parse(readFileSync(path, 'utf8')) as { url: string; publicKey: string };
  // Another folder's server may have the port by now.
  const stats = await ask<{ public_key: string }>(url, '/api/stats').catch(() => undefined);
  if (stats?.public_key !== publicKey) return undefined;
  const state = (): Promise<RulesState> => ask(url, '/api/rules');
  const done = async (): Promise<RulesState> => {
    for (;;) {
      const now = await state();
      if (now.failure !== null || now.sweep === null || now.sweep.phase === 'done') return now;
      await delay(POLL_MS);
    }
  };
  return {
    state,
    diff: (rules) => ask(url, '/api/rules/diff', { rules }),
    apply: (rules, why) => ask(url, '/api/rules/apply', { rules, why }),
    done,
    close: async () => undefined,
  };
}

async function openFolder(dir: string): Promise<Desk> {
  if (!existsSync(join(dir, 'state.db'))) throw new Error(`There is no data folder at ${dir}; name it with --data.`);
  const app = await App.open({ dir, realNow: Date.now });
  return {
    state: () => app.rules.state(),
    diff: (rules) => app.rules.diff(rules),
    apply: (rules, why) => app.rules.apply(rules, { by: 'local operator', why }),
    done: async () => {
      app.rules.resume();
      await app.rules.idle();
      await app.pipeline.materialise();
      return app.rules.state();
    },
    close: () => app.close(),
  };
}

interface Options {
  readonly command: string;
  readonly file: string | undefined;
  readonly why: string;
  readonly json: boolean;
  readonly out: string | undefined;
}

const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
};

const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

function write(text: string, out?: string): void {
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
}

async function run({ command, file, why, json, out }: Options, desk: Desk): Promise<void> {
  if (command === 'show') {
    const state = await desk.state();
    return write(json ? jsonText(state) : stateText(state));
  }
  if (command === 'export') return write(jsonText((await desk.state()).active), out);
  if (file === undefined) throw new Error('Name the rules with --rules FILE.');
  const rules = readJson(file);
  if (command === 'diff') {
    const report = await desk.diff(rules);
    return write(json ? jsonText(report) : previewText(report));
  }
  const report = await desk.apply(rules, why);
  if (!json) write(previewText(report));
  const state = await desk.done();
  write(json ? jsonText({ report, sweep: state.sweep }) : `\n${state.sweep ? sweepText(state.sweep) : ''}\n`);
  if (state.failure !== null) throw new Error(`The sweep stands still: ${state.failure}`);
}

function runImport(file: string | undefined, out: string | undefined): void {
  if (file === undefined) throw new Error('Name the file with the settings: import-segment FILE.');
  const { rules, untranslated } = importSegment(readJson(file), shipped as IdentityRules);
  write(jsonText(rules), out);
  for (const note of untranslated) process.stderr.write(`- ${note}\n`);
}

/** `npm run identity`: looks at identity rules, tries others on all evidence, and puts them in force. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string', default: 'data' },
      rules: { type: 'string' },
      why: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command = ''] = positionals;
  if (values.help) return write(`${USAGE}\n`);
  if (command === 'import-segment') return runImport(positionals[1], values.out);
  if (!['show', 'export', 'diff', 'apply'].includes(command))
    throw new Error(`There is no command "${command}".\n${USAGE}`);
  const dir = resolve(values.data);
  const desk = (await runningServer(dir)) ?? (await openFolder(dir));
  try {
    await run({ command, file: values.rules, why: values.why, json: values.json, out: values.out }, desk);
  } finally {
    await desk.close();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
