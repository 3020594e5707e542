import { describe, expect, it } from 'vitest';
import { assertLakeRow, LakeRowError, lakeTable, toNdjsonLine } from '../../../functions/lake/rows.ts';
import type { LakeRow, LakeTableName } from '../../../schemas/lake.ts';

const quarantine = lakeTable('quarantine');
const row = (more: LakeRow): LakeRow => ({ quarantine_id: 'q', first_seen: '2026-03-01T00:00:00.000Z', ...more });

describe('assertLakeRow', () => {
  it.each(['2026-03-01T00:00:00.000Z', '2026-03-01T23:59:59Z', '2024-02-29T12:00:00.123456Z'])(
    'takes %s',
    (first_seen) => {
      expect(() => assertLakeRow(quarantine, row({ first_seen }))).not.toThrow();
    },
  );

  it.each([
    '2026-02-29T00:00:00.000Z',
    '2026-03-01T24:00:00.000Z',
    '2026-03-01T00:00:00.000+08:00',
    '2026-03-01 00:00:00',
    '+012026-03-01T00:00:00.000Z',
    '',
  ])('refuses the time %j, without repeating it', (first_seen) => {
    expect(() => assertLakeRow(quarantine, row({ first_seen }))).toThrow(
      /^Column quarantine\.first_seen expects timestamp, got a string/,
    );
  });

  it.each<[string, LakeRow]>([
    ['a fraction in a bigint', { seq: 1.5 }],
    ['an unsafe bigint', { seq: 2 ** 60 }],
    ['a number in a varchar', { reason: 3 }],
    ['an unknown column', { reasn: 'x' }],
  ])('refuses %s', (_what, change) => {
    expect(() => assertLakeRow(quarantine, row(change))).toThrow(LakeRowError);
  });

  it('takes missing and null values', () => {
    expect(() => assertLakeRow(quarantine, row({ reason: null }))).not.toThrow();
  });
});

describe('lakeTable', () => {
  it('names the tables there are', () => {
    expect(() => lakeTable('nothing' as LakeTableName)).toThrow(/no table nothing; it has events,/);
  });
});

describe('toNdjsonLine', () => {
  it('repairs halves of emoji and leaves whole ones', () => {
    const line = toNdjsonLine(quarantine, row({ detail: '\ud83d', event_name: '\u{1F600}' }));
    expect(JSON.parse(line)).toMatchObject({ detail: '\ufffd', event_name: '\u{1F600}' });
  });

  it('repairs escapes inside JSON columns only: original bytes stay as they came', () => {
    const text = '{"\\uD83Dk":["\\ud83d"],"ok":"\\ud83d\\ude00"}';
    const event = toNdjsonLine(lakeTable('events'), { properties: text });
    expect(JSON.parse(JSON.parse(event).properties)).toEqual({ '\ufffdk': ['\ufffd'], ok: '\u{1F600}' });
    expect(JSON.parse(toNdjsonLine(quarantine, row({ original: text }))).original).toBe(text);
  });
});
