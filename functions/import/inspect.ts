import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ImportSettings, RowFormat } from '../../schemas/import.ts';
import { shortHash } from '../shared/hash.ts';
import { markOf, Utf8Check } from './encoding.ts';
import { ImportError } from './error.ts';
import { type FileBytes, guardUnpacked } from './file-bytes.ts';
import { guessText, packingOf, SAMPLE_BYTES } from './format.ts';
import { gunzipped, isDamage } from './gzip.ts';
import { MAX_FILE_BYTES } from './limits.ts';
import { parquetRows } from './parquet.ts';
import { rowReader } from './row-readers.ts';
import type { From, Lot } from './rows.ts';
import { readText } from './text-part.ts';
import { sheetsOf } from './xlsx.ts';
import { type ZipEntry, zipEntries } from './zip.ts';

/** One table of a file: the file itself, a file in an archive, a sheet of a workbook. */
export interface Part {
  /** Empty for the file itself. */
  readonly name: string;
  readonly format: RowFormat;
  /** Hash of what is in it, however it is packed: what its rows are numbered in. */
  readonly content: string;
  rows(from: From): AsyncIterable<Lot>;
}

export interface Inspected {
  /** Hash of the content of all parts. */
  readonly content: string;
  readonly parts: readonly Part[];
}

/**
 * Reads a file to its end without taking anything from it: what it holds, whether it can be unpacked wholly, and the hash of its content.
 * Nothing is imported of a file that ends too early: once it is dropped whole, its rows would come twice.
 * @throws ImportError
 */
export async function inspect(file: FileBytes, settings: ImportSettings): Promise<Inspected> {
  if (file.size > MAX_FILE_BYTES)
    throw new ImportError(`The file has ${file.size} bytes; at most ${MAX_FILE_BYTES} are taken. Divide it.`);
  if (file.size === 0) throw new ImportError('The file is empty.');
  const parts = await partsOf(file, settings);
  if (parts.length === 0) throw new ImportError('The archive holds no files.');
  return {
    parts,
    content: shortHash(parts.map(({ content, name }) => `${content} ${parts.length > 1 ? name : ''}`).join('\n'), 43),
  };
}

async function partsOf(file: FileBytes, settings: ImportSettings): Promise<Part[]> {
  const packing = packingOf(await file.read(0, 8));
  if (packing === 'parquet')
    return [
      { name: '', format: 'parquet', content: await hashOf(file.stream()), rows: (from) => parquetRows(file, from) },
    ];
  if (packing === 'plain')
    return [
      await textPart({ name: '', known: file.name, seekable: true, chunks: (from) => file.stream(from) }, settings),
    ];
  if (packing === 'gzip') {
    const unpacked = () => guardUnpacked(gunzipped(file.stream()), file.size);
    return [
      await textPart(
        { name: '', known: file.name.replace(/\.gz$/i, ''), seekable: false, chunks: dropping(unpacked) },
        settings,
      ),
    ];
  }
  const entries = await zipEntries(file);
  if (entries.some(({ name }) => name === 'xl/workbook.xml')) {
    const content = await hashOf(file.stream());
    const sheets = await sheetsOf(entries, settings.sheet);
    return sheets.map(({ name, rows }, index) => ({
      name,
      format: 'xlsx' as const,
      content: index === 0 ? content : `${content}/${index}`,
      rows,
    }));
  }
  const parts: Part[] = [];
  for (const entry of entries) parts.push(await zipPart(entry, settings));
  return parts;
}

async function zipPart(entry: ZipEntry, settings: ImportSettings): Promise<Part> {
  const unpacked = async function* () {
    let crc = 0;
    try {
      for await (const chunk of guardUnpacked(await entry.open(), entry.packedBytes)) {
        crc = crc32(chunk, crc);
        yield chunk;
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      const text = `A file in the archive cannot be unpacked to its end: ${error.message}. Pack it again.`;
      throw new ImportError(text, { cause: error });
    }
    if (crc !== entry.crc32)
      throw new ImportError('A file in the archive is damaged: its checksum does not fit. Pack it again.');
  };
  return textPart({ name: entry.name, known: entry.name, seekable: false, chunks: dropping(unpacked) }, settings);
}

/** Pieces from a place on, of what can only be read from its begin. */
const dropping = (open: () => AsyncIterable<Uint8Array>) =>
  async function* (from: number): AsyncGenerator<Uint8Array, void> {
    let left = from;
    for await (const chunk of open()) {
      if (left < chunk.byteLength) yield left === 0 ? chunk : chunk.subarray(left);
      left = Math.max(0, left - chunk.byteLength);
    }
  };

async function hashOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('base64url');
}

interface TextSource {
  readonly name: string;
  /** By which its format may be told. */
  readonly known: string;
  readonly seekable: boolean;
  chunks(from: number): AsyncIterable<Uint8Array>;
}

async function textPart({ name, known, seekable, chunks }: TextSource, settings: ImportSettings): Promise<Part> {
  const hash = createHash('sha256');
  const utf8 = new Utf8Check();
  let sample = Buffer.alloc(0);
  for await (const chunk of chunks(0)) {
    if (sample.length === 0) refusePacked(chunk, known);
    if (sample.length < SAMPLE_BYTES) sample = Buffer.concat([sample, chunk]).subarray(0, SAMPLE_BYTES);
    hash.update(chunk);
    utf8.push(chunk);
  }
  const isUtf8 = markOf(sample)?.encoding.startsWith('utf-16') ? false : utf8.end();
  const { format, encoding, mark, delimiter } = guessText(sample, known, isUtf8, settings);
  return {
    name,
    format,
    content: hash.digest('base64url'),
    rows: (from) => readText({ encoding, mark, seekable, chunks }, rowReader(format, delimiter), from),
  };
}

/** A packed file in a packed file: it could not be read from any place. */
function refusePacked(head: Uint8Array, name: string): void {
  if (packingOf(head) !== 'plain')
    throw new ImportError(`"${name}" is packed, or a workbook or Parquet, inside a packed file; drop it by itself.`);
}
