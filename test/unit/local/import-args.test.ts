import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArgsError } from '../../../local/args.ts';
import { readImportArgs } from '../../../local/import/args.ts';
import { progressLine } from '../../../local/import/print.ts';
import { Pulls } from '../../../local/import/pulls.ts';
import { dataFolder } from '../../support/data-folder.ts';

const FILE = 'package.json';

describe('the command line of import', () => {
  it('gives the settings of the file, those on it before those in a file', () => {
    const path = join(dataFolder(), 'settings.json');
    writeFileSync(path, '{"event":"A","identity":{"userId":"query:uid"}}');
    const args = [
      FILE,
      '--source',
      'pos',
      '--event',
      'B',
      '--key',
      'id, day',
      '--delimiter',
      'tab',
      '--encoding',
      'GB18030',
      '--settings',
      path,
    ];
    expect(readImportArgs(args)).toMatchObject({
      source: 'pos',
      dryRun: false,
      isPull: false,
      settings: {
        event: 'B',
        key: ['id', 'day'],
        delimiter: '\t',
        encoding: 'gb18030',
        identity: { userId: 'query:uid' },
      },
    });
    expect(readImportArgs(['--database', FILE, '--dry-run'])).toMatchObject({ isPull: true, dryRun: true });
  });

  it.each([
    [[], /Name one file/],
    [[FILE], /Name the source/],
    [[FILE, FILE, '--source', 'pos'], /Name one file/],
    [['nothing.csv', '--source', 'pos'], /There is no file/],
    [[FILE, '--source', 'pos', '--format', 'xls'], /setting format/],
    [[FILE, '--source', 'pos', '--what'], /--what/],
    [[FILE, '--source', 'pos', '--mapping', FILE], /add --dry-run/],
    [[FILE, '--source', 'pos', '--settings', 'nothing.json'], /cannot be read/],
  ])('%j is refused with what to do', (args, message) => {
    expect(() => readImportArgs(args)).toThrow(ArgsError);
    expect(() => readImportArgs(args)).toThrow(message);
  });

  it('shows progress now and then', () => {
    let now = 0;
    const lines: string[] = [];
    const tell = progressLine({ isTTY: false, write: (text) => lines.push(text) }, () => now);
    for (now = 10_000; now <= 40_000; now += 5_000) tell({ rows_read: now });
    expect(lines).toEqual([10_000, 20_000, 30_000, 40_000].map((n) => `${n.toLocaleString('en')} rows read …\n`));
  });
});

it('pulls what is due, each by its own time, and goes on past one that fails', async () => {
  const dir = dataFolder();
  const pull = { kind: 'mysql', connection: { url_env: 'URL' }, table: 't', cursor: 'c', key: ['k'], source: 'crm' };
  writeFileSync(join(dir, 'a.json'), '{');
  writeFileSync(join(dir, 'b.json'), JSON.stringify({ ...pull, name: 'b', every_minutes: 1 }));
  writeFileSync(join(dir, 'c.json'), JSON.stringify({ ...pull, name: 'c' }));
  let now = 0;
  const ran: string[] = [];
  const pulls = new Pulls({
    dir,
    now: () => now,
    run: async (_, { name }) => {
      ran.push(`${name}@${now / 60_000}`);
      throw new Error('no database');
    },
  });
  for (now = 0; now <= 60 * 60_000; now += 30 * 60_000) await pulls.runDue();
  expect(ran).toEqual(['b@0', 'c@0', 'b@30', 'b@60', 'c@60']);
});
