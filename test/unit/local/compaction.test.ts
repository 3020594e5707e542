import { describe, expect, it } from 'vitest';
import { FULL_FILE_BYTES, FULL_FILE_ROWS, filesToMerge } from '../../../local/lake/compaction.ts';
import type { LakeFile } from '../../../local/lake/manifest.ts';

const DAY = '2026-11-22';

const file = (n: number, more: Partial<LakeFile> = {}): LakeFile => ({
  path: `events/ingest_day=${DAY}/part-${n}-${n}.parquet`,
  table: 'events',
  ingestDay: DAY,
  rows: 1_000,
  bytes: 50_000,
  ...more,
});

const many = (count: number, more: Partial<LakeFile> = {}): LakeFile[] =>
  Array.from({ length: count }, (_, n) => file(n, more));

const rowsOf = (files: readonly LakeFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0);

describe('which files are merged', () => {
  it('all small ones of a table and day, once there are too many', () => {
    expect(filesToMerge(many(16), 16)).toEqual([]);
    const [group, ...others] = filesToMerge(many(17), 16);
    expect(others).toEqual([]);
    expect(group?.files).toHaveLength(17);
    expect(group?.name).toBe('merged-0-16-rows-17000');
  });

  it('never those of two days or tables together', () => {
    const mixed = [...many(17), ...many(17, { ingestDay: '2026-11-23' }), ...many(17, { table: 'quarantine' })];
    const groups = filesToMerge(mixed, 16);
    expect(groups).toHaveLength(3);
    for (const { files } of groups)
      expect(new Set(files.map(({ table, ingestDay }) => table + ingestDay)).size).toBe(1);
  });

  it('no full ones, by their bytes or by their rows: what is small on the disk may be large while it is sorted', () => {
    expect(filesToMerge(many(40, { bytes: FULL_FILE_BYTES }), 16)).toEqual([]);
    expect(filesToMerge(many(40, { rows: FULL_FILE_ROWS }), 16)).toEqual([]);
  });

  it('as many at a time as come to a full file, each once, in their order', () => {
    const files = many(50, { rows: FULL_FILE_ROWS / 10 });
    const groups = filesToMerge(files, 16);
    expect(groups.map((group) => group.files.length)).toEqual([10, 10, 10, 10, 10]);
    expect(groups.flatMap((group) => group.files)).toEqual(files);
    for (const group of groups) expect(rowsOf(group.files)).toBeLessThanOrEqual(FULL_FILE_ROWS);
    expect(new Set(groups.map(({ name }) => name)).size).toBe(5);
  });

  it('none alone: a merge of one file would be made again and again', () => {
    const files = [...many(1), ...many(20, { rows: FULL_FILE_ROWS - 1 })];
    for (const { files: merged } of filesToMerge(files, 16)) expect(merged.length).toBeGreaterThan(1);
  });
});
