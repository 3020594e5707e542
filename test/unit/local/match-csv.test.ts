import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CsvParser, readCsv } from '../../../local/match-csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'match-csv-'));
const fileOf = (text: string): string => {
  const path = join(folder, 'file.csv');
  writeFileSync(path, text);
  return path;
};

it('reads back what was quoted, in pieces of any length', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '王'), maxLength: 6 });
  const row = fc.array(cell, { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (rows, piece) => {
      const text = rows
        .map((cells) => `${cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')}\r\n`)
        .join('');
      const parser = new CsvParser();
      const read: string[][] = [];
      for (let at = 0; at < text.length; at += piece) read.push(...parser.push(text.slice(at, at + piece)));
      read.push(...parser.end());
      expect(read).toEqual(rows.map((cells) => cells.map((one) => one.trim())));
    }),
  );
});

it('reads other separators, a byte-order mark, short rows and a last row without a line break', async () => {
  const path = fileOf('\uFEFFid;name;note\n1;"Lee; Ann";x\n\n2;Bob');
  expect(await readCsv(path)).toEqual({
    columns: ['id', 'name', 'note'],
    rows: [
      ['1', 'Lee; Ann', 'x'],
      ['2', 'Bob', ''],
    ],
  });
});

it('says where a file is wrong', async () => {
  await expect(readCsv(fileOf('a,b\n1,2,3\n'))).rejects.toThrow('row 2 has 3 cells, the header 2');
  await expect(readCsv(fileOf('a,b\n1,"2\n'))).rejects.toThrow('ends inside a quoted cell');
  await expect(readCsv(fileOf(''))).rejects.toThrow('is empty');
});
