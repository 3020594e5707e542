import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet';
import type { JsonObject } from '../shared/json.ts';
import { ImportError } from './error.ts';
import type { FileBytes } from './file-bytes.ts';
import { MAX_COLUMNS, MAX_ROW_GROUP_BYTES } from './limits.ts';
import type { From, Lot } from './rows.ts';

/** Rows made at once. */
const LOT_ROWS = 5_000;

type Decompress = (packed: Uint8Array, bytes: number) => Uint8Array;
const bounded =
  (unpack: (packed: Uint8Array, options: { maxOutputLength: number }) => Buffer): Decompress =>
  (packed, bytes) =>
    unpack(packed, { maxOutputLength: Math.max(1, bytes) });

/** Node has them all; Snappy is the reader's own. */
const compressors = {
  GZIP: bounded(gunzipSync),
  ZSTD: bounded(zstdDecompressSync),
  BROTLI: bounded(brotliDecompressSync),
};

/** The rows of a Parquet file, one row group in memory at a time. @throws ImportError */
export async function* parquetRows(file: FileBytes, from: From): AsyncGenerator<Lot, void> {
  const buffer = asBuffer((start, end) => file.read(start, end - start), file.size);
  const metadata = await readable(parquetMetadataAsync(buffer));
  const columns = columnsOf(metadata);
  let start = 0;
  for (const { num_rows, total_byte_size } of metadata.row_groups) {
    const rows = Number(num_rows);
    if (Number(total_byte_size) > MAX_ROW_GROUP_BYTES)
      throw new ImportError(
        `A row group of the file has more than ${MAX_ROW_GROUP_BYTES} bytes; write it with smaller ones.`,
      );
    if (start + rows > from.row)
      yield* group({ file: remembering(buffer), metadata }, columns, { start, end: start + rows, after: from.row });
    start += rows;
  }
}

async function* group(
  source: { readonly file: AsyncBuffer; readonly metadata: FileMetaData },
  columns: ReadonlyMap<string, SchemaElement>,
  { start, end, after }: { readonly start: number; readonly end: number; readonly after: number },
): AsyncGenerator<Lot, void> {
  for (let rowStart = Math.max(start, after); rowStart < end; rowStart += LOT_ROWS) {
    const rowEnd = Math.min(end, rowStart + LOT_ROWS);
    const objects = await readable(parquetReadObjects({ ...source, rowStart, rowEnd, compressors }));
    yield { rows: objects.map((object, index) => ({ n: rowStart + index + 1, row: rowOf(object, columns) })) };
  }
}

const asBuffer = (read: (start: number, end: number) => Promise<Buffer>, byteLength: number): AsyncBuffer => ({
  byteLength,
  slice: async (start, end = byteLength) => {
    const bytes = await read(start, end);
    // A view of its own: the reader takes the buffer from its begin.
    return Uint8Array.from(bytes).buffer;
  },
});

/** What was read of a row group is read again for each lot of its rows. */
function remembering(file: AsyncBuffer): AsyncBuffer {
  const known = new Map<string, ReturnType<AsyncBuffer['slice']>>();
  return {
    byteLength: file.byteLength,
    slice(start, end) {
      const key = `${start}-${end ?? ''}`;
      const found = known.get(key) ?? file.slice(start, end);
      known.set(key, found);
      return found;
    },
  };
}

async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message.slice(0, 200) : 'unknown error';
    throw new ImportError(`The Parquet file cannot be read: ${detail}. Write it again.`, { cause });
  }
}

/** The columns at the top, by name. @throws ImportError when there are too many */
function columnsOf({ schema }: FileMetaData): Map<string, SchemaElement> {
  const columns = new Map(schema.slice(1).map((element) => [element.name, element]));
  const most = schema[0]?.num_children ?? 0;
  if (most > MAX_COLUMNS) throw new ImportError(`The table has ${most} columns; at most ${MAX_COLUMNS} are taken.`);
  return columns;
}

function rowOf(object: Record<string, unknown>, columns: ReadonlyMap<string, SchemaElement>): JsonObject {
  const row: JsonObject = {};
  for (const name of Object.keys(object)) {
    const value = plain(object[name], columns.get(name));
    if (value !== undefined) row[name] = value;
  }
  return row;
}

/** A value as JSON has it. A time without a zone stays one: it is read in that of the source. */
function plain(value: unknown, column?: SchemaElement): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return timeText(value, column);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map((one) => plain(one) ?? null);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, plain(below) ?? null]));
}

function timeText(value: Date, column: SchemaElement | undefined): string {
  if (Number.isNaN(value.getTime())) return '';
  const text = value.toISOString();
  if (column?.converted_type === 'DATE' || column?.logical_type?.type === 'DATE') return text.slice(0, 10);
  const isLocal = column?.logical_type?.type === 'TIMESTAMP' && !column.logical_type.isAdjustedToUTC;
  return isLocal ? text.slice(0, 23).replace('T', ' ') : text;
}
