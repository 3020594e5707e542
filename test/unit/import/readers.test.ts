import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImportError } from '../../../functions/import/error.ts';
import { inspect } from '../../../functions/import/inspect.ts';
import { MAX_ROW_BYTES } from '../../../functions/import/limits.ts';
import { diskFile } from '../../../local/import/disk-file.ts';
import { memoryFile, rowsOf, xlsxOf, zipOf } from '../../support/import-files.ts';

const rows = async (...given: Parameters<typeof rowsOf>) => (await rowsOf(...given)).flatMap((part) => part.rows);
/** 会员号,姓名 / M1,"张""三""" / M2,李\n四, in GB18030. */
const GB18030 = Buffer.from('bbe1d4b1bac52cd0d5c3fb0d0a4d312c22d5c52222c8fd2222220d0a4d322c22c0ee0acbc4220d0a', 'hex');
const CHINESE = [
  { n: 1, row: { 会员号: 'M1', 姓名: '张"三"' } },
  { n: 2, row: { 会员号: 'M2', 姓名: '李\n四' } },
];
const UTF8 = '会员号,姓名\r\nM1,"张""三"""\r\nM2,"李\n四"\r\n';

describe('CSV', () => {
  it.each([
    ['GB18030', GB18030],
    ['UTF-8', Buffer.from(UTF8)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${UTF8}`)],
    ['UTF-16, as Excel saves "Unicode text"', Buffer.from(`\uFEFF${UTF8}`, 'utf16le')],
  ])('is read in %s', async (_, bytes) => {
    expect(await rows(memoryFile('a.csv', bytes))).toEqual(CHINESE);
    expect(await rows(memoryFile('a.csv', bytes, 3))).toEqual(CHINESE);
  });

  it('is read in UTF-8 where Chinese comes late, and in GB18030 too', async () => {
    const late = (encoded: Buffer) => Buffer.concat([Buffer.from(`id,name\n${'1,abc\n'.repeat(50_000)}2,`), encoded]);
    const last = async (bytes: Buffer) => (await rows(memoryFile('a.csv', bytes))).at(-1);
    expect(await last(late(Buffer.from('中文')))).toEqual({ n: 50_001, row: { id: '2', name: '中文' } });
    expect(await last(late(Buffer.from('d6d0cec4', 'hex')))).toEqual({ n: 50_001, row: { id: '2', name: '中文' } });
  });

  it.each([';', '\t', '|', ','])('finds the delimiter %j', async (delimiter) => {
    const text = ['id', '"a,b;c"', 'name'].join(delimiter);
    const [read] = await rows(memoryFile('a.csv', Buffer.from(`${text}\n1${delimiter}2${delimiter}3\n`)));
    expect(read).toEqual({ n: 1, row: { id: '1', 'a,b;c': '2', name: '3' } });
  });

  it('names columns that have no name, or that of another', async () => {
    expect(await rows(memoryFile('a.csv', Buffer.from('id,,id,__proto__\n1,2,3,4\n')))).toEqual([
      { n: 1, row: { id: '1', column_2: '2', id_2: '3', column_4: '4' } },
    ]);
  });

  it('passes over a row that is damaged, and goes on', async () => {
    const read = await rows(memoryFile('a.csv', Buffer.from('a,b\n1,2,3\n4,5\n\n6,7,\n')));
    expect(read).toEqual([
      { n: 1, problem: { reason: 'row_unreadable', detail: expect.stringContaining('3 fields') } },
      { n: 2, row: { a: '4', b: '5' } },
      { n: 3, row: { a: '6', b: '7' } },
    ]);
  });

  it('passes over a line of a hundred megabytes without holding it', async () => {
    const line = Buffer.alloc(1024 * 1024, 'x');
    const file = {
      name: 'a.csv',
      size: 100 * line.length,
      read: async () => Buffer.from('id\n'),
      async *stream() {
        yield Buffer.from('id\n1\n');
        for (let i = 0; i < 100; i++) yield line;
        yield Buffer.from('\n3\n');
      },
    };
    const before = process.memoryUsage.rss();
    expect(await rows(file)).toEqual([
      { n: 1, row: { id: '1' } },
      { n: 2, problem: { reason: 'row_too_large', detail: expect.stringContaining(String(MAX_ROW_BYTES)) } },
      { n: 3, row: { id: '3' } },
    ]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024);
  });

  it('has the same rows however its bytes come, and from wherever reading goes on', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '中', '😀', ' '), maxLength: 8 });
    const written = (cells: string[]) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(',');
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(table, fc.integer({ min: 1, max: 40 }), fc.boolean(), async (cells, piece, packed) => {
        const text = Buffer.from(['a,b', ...cells.map(written)].join('\n'));
        const bytes = packed ? gzipSync(text) : text;
        const expected = cells.map(([a, b], i) => ({ n: i + 1, row: { ...(a && { a }), ...(b && { b }) } }));
        const { parts } = await inspect(memoryFile('a.csv', bytes, piece), {});
        const [part] = parts;
        if (!part) throw new Error('There is no part.');
        let seen = 0;
        const places: { row: number; offset?: number }[] = [{ row: 0 }];
        for await (const { rows: lot, offset } of part.rows({ row: 0 })) {
          seen += lot.length;
          places.push({ row: seen, ...(offset !== undefined && { offset }) });
        }
        for (const from of places) {
          const rest = [];
          for await (const lot of part.rows(from)) rest.push(...lot.rows);
          expect(rest).toEqual(expected.slice(from.row));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('JSON lines', () => {
  it('are objects, one a line', async () => {
    const text = '{"a":1,"b":{"c":"中"}}\n\n[1]\n{"a":\n{"a":2}';
    const problem = { reason: 'row_unreadable', detail: 'The line is not a JSON object.' };
    expect(await rows(memoryFile('a.jsonl', Buffer.from(text)))).toEqual([
      { n: 1, row: { a: 1, b: { c: '中' } } },
      { n: 2, problem },
      { n: 3, problem },
      { n: 4, row: { a: 2 } },
    ]);
  });
});

describe('packed files', () => {
  it('of gzip are what is in them, with the same hash', async () => {
    const packed = memoryFile('a.csv.gz', gzipSync(GB18030));
    expect(await rows(packed)).toEqual(CHINESE);
    const hash = async (...given: Parameters<typeof memoryFile>) => (await inspect(memoryFile(...given), {})).content;
    expect(await hash('a.csv.gz', gzipSync(GB18030))).toBe(await hash('b.csv', GB18030));
  });

  it('of zip may hold several, each numbered by itself', async () => {
    const zip = await zipOf({ 'orders.csv': GB18030, '__MACOSX/._orders.csv': 'x', '会员.jsonl': '{"a":1}\n' });
    expect(await rowsOf(memoryFile('a.zip', zip))).toEqual([
      { name: 'orders.csv', format: 'csv', rows: CHINESE },
      { name: '会员.jsonl', format: 'json_lines', rows: [{ n: 1, row: { a: 1 } }] },
    ]);
  });

  it('give nothing where they end too early, or are damaged', async () => {
    const gzip = gzipSync(Buffer.from(`a\n${'row\n'.repeat(10_000)}`));
    const cut = memoryFile('a.gz', gzip.subarray(0, gzip.length - 20));
    await expect(inspect(cut, {})).rejects.toThrow(/cannot be unpacked to its end/);
    const zip = await zipOf({ 'a.csv': 'a\n1\n' });
    const content = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
    zip[content] = (zip[content] ?? 0) ^ 1;
    await expect(inspect(memoryFile('a.zip', zip), {})).rejects.toThrow(ImportError);
    const stored = await zipOf({ 'a.csv': 'a\n1\n' }, false);
    stored[stored.indexOf('a\n1\n') + 2] = 0x32;
    await expect(inspect(memoryFile('a.zip', stored), {})).rejects.toThrow(/checksum does not fit/);
  });

  it('are not unpacked without end', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    await expect(inspect(memoryFile('bomb.gz', bomb), {})).rejects.toThrow(/taken for a bomb/);
  });

  it('in packed files are refused by name', async () => {
    const zip = await zipOf({ 'inner.gz': gzipSync('a\n1\n') });
    await expect(inspect(memoryFile('a.zip', zip), {})).rejects.toThrow(/"inner.gz" is packed/);
  });
});

describe('workbooks', () => {
  const header =
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><t>金额</t></is></c></row>';
  const body =
    '<row r="3"><c r="A3"><v>13800138000</v></c><c r="B3" s="2"><v>46082.4166666667</v></c><c r="D3"><v>12.5</v></c></row><row r="4"><c r="B4" s="1"><v>46082</v></c><c r="D4" t="b"><v>1</v></c></row>';

  it('give numbers, texts and dates as they show them', async () => {
    const book = await xlsxOf({ Members: header + body, Other: header }, ['手机号', '时间 &amp; Ort']);
    const file = memoryFile('crm.xlsx', book);
    expect(await rowsOf(file)).toEqual([
      {
        name: 'Members',
        format: 'xlsx',
        rows: [
          { n: 1, row: { 手机号: 13_800_138_000, '时间 & Ort': '2026-03-01 10:00:00', 金额: 12.5 } },
          { n: 2, row: { '时间 & Ort': '2026-03-01', 金额: true } },
        ],
      },
    ]);
    expect((await rowsOf(file, { sheet: '*' })).map(({ name }) => name)).toEqual(['Members', 'Other']);
    await expect(rowsOf(file, { sheet: 'None' })).rejects.toThrow('no sheet "None"; it has "Members", "Other"');
  });

  it('may leave out where a cell is', async () => {
    const text = (value: string): string => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
    const rows = `<row>${text('会员号')}${text('等级')}</row><row>${text('m-1')}${text('金卡')}</row>`;
    const [part] = await rowsOf(memoryFile('crm.xlsx', await xlsxOf({ Members: rows })));
    expect(part?.rows).toEqual([{ n: 1, row: { 会员号: 'm-1', 等级: '金卡' } }]);
  });

  it('of old are refused, with what to do', async () => {
    const old = memoryFile('crm.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    await expect(inspect(old, {})).rejects.toThrow(/Save it as .xlsx/);
  });
});

describe('Parquet', () => {
  it.each(['snappy', 'zstd', 'gzip', 'uncompressed'])('is read from any row on (%s)', async (codec) => {
    const dir = mkdtempSync(join(tmpdir(), 'oneriver-parquet-'));
    try {
      const path = join(dir, 'a.parquet');
      const db = await (await DuckDBInstance.create(':memory:')).connect();
      await db.run(
        `COPY (SELECT i::BIGINT AS id, 'n' || i AS name, TIMESTAMP '2026-03-01 10:00:00' AS at, TIMESTAMPTZ '2026-03-01 10:00:00+08' AS tz, DATE '2026-03-02' AS day, 1.25::DECIMAL(9,2) AS price, NULL::VARCHAR AS nothing, [1, 2] AS list
         FROM range(20000) r(i)) TO '${path}' (FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE 4096)`,
      );
      db.closeSync();
      const { parts } = await inspect(await diskFile(path), {});
      const read = [];
      for await (const lot of parts[0]?.rows({ row: 12_345 }) ?? []) read.push(...lot.rows);
      expect(read).toHaveLength(20_000 - 12_345);
      expect(read[0]).toEqual({
        n: 12_346,
        row: {
          id: 12_345,
          name: 'n12345',
          at: '2026-03-01 10:00:00.000',
          tz: '2026-03-01T02:00:00.000Z',
          day: '2026-03-02',
          price: 1.25,
          list: [1, 2],
        },
      });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

it('says of what is no table that it is none', async () => {
  const picture = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  await expect(inspect(memoryFile('a.png', picture), {})).rejects.toThrow(ImportError);
  await expect(inspect(memoryFile('a.csv', Buffer.alloc(0)), {})).rejects.toThrow('The file is empty.');
});
