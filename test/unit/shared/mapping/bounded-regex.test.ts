import { describe, expect, it } from 'vitest';
import { isFinding } from '../../../../functions/shared/finding.ts';
import { compileMapping } from '../../../../functions/shared/mapping/mapping.ts';
import { cpuClock } from '../../../support/cpu-clock.ts';

const CONTEXT = {
  source_id: 'web',
  channel: 'web',
  received_at: '2026-11-22T02:10:00.000Z',
  time_zone: 'Asia/Shanghai',
  default_region: 'CN',
};

async function run(expression: string, text: string): Promise<unknown> {
  const mapping = await compileMapping({
    mapping: 'patterns',
    version: 1,
    title: { en: 'Patterns', zh: '模式' },
    owner: 'tests',
    purpose: 'Tests.',
    expression: `{"v": ${expression}}`,
  });
  const result = await mapping.map({ text }, CONTEXT);
  return isFinding(result) ? result.detail : result[0]?.v;
}

describe('regular expressions of mappings', () => {
  it.each([
    ['repetition in a repetition', '$contains(text, /^(a+)+$/)', `${'a'.repeat(28)}!`],
    ['the same in either case', '$match(text, /^(a+)+$/i)', `${'a'.repeat(28)}!`],
    ['two ways to say the same', '$replace(text, /^(a|aa)+$/, "")', `${'a'.repeat(42)}!`],
    ['many that may be absent', `$contains(text, /^${'a?'.repeat(40)}[bc]$/)`, `${'a'.repeat(60)}!`],
    ['three beside each other in a long text', '$contains(text, /^a*a*a*a*$/)', `${'a'.repeat(3_000)}!`],
  ])('%s: the event is refused within a second, whatever its sender wrote', async (_, expression, text) => {
    const spent = cpuClock();
    expect(await run(expression, text)).toMatch(/A regular expression did not end within 100 ms/);
    expect(spent()).toBeLessThan(1_000);
  });

  it('others match, replace and split as they always did', async () => {
    expect(await run('$match(text, /(\\d+)-(\\d+)/).groups', '12-34')).toEqual(['12', '34']);
    expect(await run('$replace(text, /(?:ab)+/i, "x")', 'abABc abc')).toBe('xc xc');
    expect(await run('$count($split(text, /,\\s*/))', 'a, '.repeat(2_000))).toBe(2_001);
    expect(await run('$contains(text, /^(?:ab)*$/)', 'ab'.repeat(300))).toBe(true);
  });
});
