import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../local/match-input.ts';
import { decide } from '../../../local/match-output.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FAKE = join(ROOT, 'test/slow/match/fake_1000.csv');
const folder = mkdtempSync(join(tmpdir(), 'match-'));

function match(...args: string[]): { out: string; error: string; status: number | null } {
  const command = ['--disable-warning=ExperimentalWarning', join(ROOT, 'local/match.ts'), ...args];
  const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8', cwd: folder });
  return { out: stdout, error: stderr, status };
}

describe('npm run match', () => {
  beforeAll(() => {
    expect(match('train', FAKE, '--out', 'model.json')).toMatchObject({ status: 0 });
  });

  it('scores with a trained model, and trains the same model again', () => {
    const { version } = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as { version: string };
    expect(match('score', FAKE, '--model', 'model.json', '--out', 'a.csv').out).toContain(`(model ${version})`);
    expect(match('score', FAKE, '--out', 'b.csv').out).toContain(`(model ${version})`);
    expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe(readFileSync(join(folder, 'b.csv'), 'utf8'));
  });

  it('evaluates as JSON, better than chance', () => {
    const { out } = match('evaluate', FAKE, '--model', 'model.json', '--json');
    const result = JSON.parse(out) as { truePairs: number; best: { pairs: { f1: number } } };
    expect(result.truePairs).toBe(2031);
    expect(result.best.pairs.f1).toBeGreaterThan(0.95);
  });

  it('never lets the truth into training', () => {
    const [header = '', ...rows] = readFileSync(FAKE, 'utf8').trimEnd().split('\n');
    const relabelled = rows.map((row, at) => `${row.slice(0, row.lastIndexOf(','))},${at % 7}`);
    writeFileSync(join(folder, 'relabelled.csv'), `${[header, ...relabelled].join('\n')}\n`);
    match('score', join(folder, 'relabelled.csv'), '--out', 'c.csv');
    expect(readFileSync(join(folder, 'c.csv'), 'utf8')).toBe(readFileSync(join(folder, 'b.csv'), 'utf8'));
  });

  it('draws how a pair scores, adding up', () => {
    const { out } = match('score', FAKE, '--model', 'model.json', '--waterfall', '0,1', '--svg', 'pair.svg');
    const bits = [...out.matchAll(/ ([+−]\d+\.\d\d)(?: |$)/gm)].map(([, text = '']) => Number(text.replace('−', '-')));
    const total = bits.pop();
    expect(bits.reduce((a, b) => a + b, 0)).toBeCloseTo(total ?? Number.NaN, 0);
    expect(readFileSync(join(folder, 'pair.svg'), 'utf8')).toMatch(/^<svg .*dob: .*<\/svg>\n$/s);
  });

  it('says what is wrong with a command', () => {
    expect(match('guess', FAKE)).toMatchObject({
      status: 1,
      error: expect.stringContaining('must be train, score, evaluate or link'),
    });
    expect(match('score', FAKE, '--waterfall', '0,nobody').error).toContain('"0,nobody"');
    expect(match('evaluate', FAKE, '--truth', 'nowhere').error).toContain('no column "nowhere"');
  });
});

describe('settings', () => {
  it.each([
    ['[]', 'must be a JSON object'],
    ['{"linkat":1}', 'no "linkat"'],
    ['{"linkAt":0.4}', 'reviewAt'],
    ['{"roles":{"a":"king"}}', 'role of column "a"'],
    ['{', 'no JSON'],
  ])('%s is refused', (text, message) => {
    expect(() => readSettings(text)).toThrow(message);
  });

  it('decide between link, review and none at the thresholds', () => {
    const settings = readSettings('{"linkAt":0.9,"reviewAt":0.6}');
    expect([0.9, 0.89, 0.6, 0.59].map((probability) => decide(probability, settings))).toEqual([
      'link',
      'review',
      'review',
      'none',
    ]);
  });
});
