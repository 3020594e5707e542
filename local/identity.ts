import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RulesPreview } from '../functions/shared/person/preview.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import type { IdentityRules } from '../schemas/identifier.ts';
import shipped from '../schemas/identity-rules.json' with { type: 'json' };
import type { Desk } from './rules/desks.ts';
import { folderDesk } from './rules/folder-desk.ts';
import { previewText, stateText, sweepText } from './rules/print.ts';
import { importSegment } from './rules/segment.ts';
import { tableDesk } from './rules/table-desk.ts';

const USAGE = `npm run identity -- show [--json]
npm run identity -- export [--out FILE]
npm run identity -- diff --rules FILE [--json]
npm run identity -- apply --rules FILE --why TEXT [--json]
npm run identity -- resume [--json]
npm run identity -- import-segment FILE [--out FILE]
  --data DIR             data folder (default: data); the server that has it open is asked, if there is one
  --table NAME           in place of a folder: the table of persons of a deployment, with the credentials of the AWS SDK
    --region R           where it is, if the environment does not say so
    --lake-prefix NAME   delivery streams of the lake begin with it (default: ${TOPOLOGY.lake.prefix})
    --bus NAME           event bus (default: ${TOPOLOGY.bus.name})
    --vault NAME         table of the vault: to block single telephone numbers and addresses
    --default-region CC  country of phone numbers without + among them (default: CN)`;

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
  if (command === 'resume') return await finish(desk, json);
  if (command === 'export') return write(jsonText((await desk.state()).active), out);
  if (file === undefined) throw new Error('Name the rules with --rules FILE.');
  const rules = readJson(file);
  if (command === 'diff') {
    const report = await desk.diff(rules);
    return write(json ? jsonText(report) : previewText(report));
  }
  const report = await desk.apply(rules, why);
  if (!json) write(`${previewText(report)}\n`);
  await finish(desk, json, report);
}

/** Waits for the sweep, and says what became of it. */
async function finish(desk: Desk, json: boolean, report?: RulesPreview): Promise<void> {
  const { sweep, failure } = await desk.done();
  write(json ? jsonText({ report, sweep }) : `${sweep ? sweepText(sweep) : 'No change was ever made here.'}\n`);
  if (failure !== null) throw new Error(`The sweep stands still: ${failure}`);
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
      table: { type: 'string' },
      region: { type: 'string' },
      'lake-prefix': { type: 'string', default: TOPOLOGY.lake.prefix },
      bus: { type: 'string', default: TOPOLOGY.bus.name },
      vault: { type: 'string' },
      'default-region': { type: 'string', default: 'CN' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command = ''] = positionals;
  if (values.help) return write(`${USAGE}\n`);
  if (command === 'import-segment') return runImport(positionals[1], values.out);
  if (!['show', 'export', 'diff', 'apply', 'resume'].includes(command))
    throw new Error(`There is no command "${command}".\n${USAGE}`);
  const { table, region, bus, vault, 'lake-prefix': lakePrefix, 'default-region': defaultRegion } = values;
  const names = { region, bus, vault, lakePrefix, defaultRegion };
  const desk = table === undefined ? await folderDesk(resolve(values.data)) : await tableDesk({ ...names, table });
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
