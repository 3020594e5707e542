import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { blocksOf } from '../../support/markdown.ts';
import { ROOT } from '../../support/source-tree.ts';

const run = promisify(execFile);

const BLOCKS = blocksOf(readFileSync(join(ROOT, 'docs/how-to/add-a-protocol.md'), 'utf8'), 'ts');
const FILE = /^\/\/ (functions\/\S+\.ts)$/;

/** The files that a block of the how-to shows: a path as a comment, then what belongs there. */
function filesIn(block: string): { path: string; text: string }[] {
  const files: { path: string; text: string }[] = [];
  for (const line of block.split('\n')) {
    const path = FILE.exec(line)?.[1];
    if (path !== undefined) files.push({ path, text: '' });
    const last = files.at(-1);
    if (path === undefined && last) last.text += `${line}\n`;
  }
  return files;
}

/** Puts the import on top and the entry where the table begins. */
function register(table: string, lines: string): string {
  const [imported = '', entry = ''] = lines.trim().split('\n');
  const begin = /(= \{|= \[)/;
  return `${imported}\n${table.replace(begin, (open) => `${open}\n${entry}`)}`;
}

// Written so that it is no import of this file.
const PROBE = `
bring { collect } from './functions/collect/collect.ts';
bring { cleanRecord } from './functions/clean/clean.ts';
bring { CLEAN_DEPS, collector, SERVER } from './test/support/ingest.ts';
const { deps, raw } = collector({ k1: SERVER });
const body = Buffer.from('1042|m-17|sku-9|1990|1764000000000\\n1043||||\\n');
const request = { method: 'POST', path: '/v1/hooks/till/k1', query: {}, headers: {}, body };
const answers = [await collect(request, deps), await collect({ ...request, path: '/v1/hooks/till/no' }, deps)];
const cleaned = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
process.stdout.write(JSON.stringify({ answers, cleaned }));
`.replaceAll('bring', 'import');

it('takes one folder and two lines, as the how-to says', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'oneriver-protocol-'));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  for (const name of ['functions', 'schemas', 'test/support', 'package.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const edited: string[] = [];
  for (const { path, text } of BLOCKS.flatMap(filesIn)) {
    const isTable = /\/(decoders|receivers)\.ts$/.test(path);
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    const table = isTable ? readFileSync(join(copy, path), 'utf8') : '';
    writeFileSync(join(copy, path), isTable ? register(table, text) : text);
    edited.push(path);
  }
  expect(edited).toEqual([
    'functions/shared/protocols/till/decode.ts',
    'functions/shared/protocols/till/receive.ts',
    'functions/shared/protocols/decoders.ts',
    'functions/shared/protocols/receivers.ts',
  ]);
  writeFileSync(join(copy, 'probe.ts'), PROBE);
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', 'probe.ts'], { cwd: copy });
  const { answers, cleaned } = JSON.parse(stdout);
  expect(answers).toMatchObject([{ status: 200, body: 'OK 2' }, { status: 401 }]);
  expect(cleaned).toHaveLength(1);
  expect(cleaned[0].events).toMatchObject([
    {
      event_id: 'till-1042',
      type: 'track',
      name: 'Order Completed',
      owner: 'user_id:m-17',
      occurred_at: '2025-11-24T16:00:00.000Z',
      properties: { order_id: '1042', total: 19.9 },
    },
  ]);
  expect(cleaned[0].quarantined).toMatchObject([{ reason: 'invalid_time', event_id: 'till-1043' }]);
});
