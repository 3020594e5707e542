import type { Encoding, ImportSettings, RowFormat } from '../../schemas/import.ts';
import { delimiterOf } from './csv.ts';
import { markOf } from './encoding.ts';
import { ImportError } from './error.ts';

/** How a file is packed, by its first bytes. */
export type Packing = 'gzip' | 'zip' | 'parquet' | 'plain';

const MAGIC: readonly (readonly [Packing, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zip', [0x50, 0x4b, 0x05, 0x06]],
  ['parquet', [0x50, 0x41, 0x52, 0x31]],
];
const OLD_EXCEL = [0xd0, 0xcf, 0x11, 0xe0];

const begins = (head: Uint8Array, magic: readonly number[]): boolean => magic.every((byte, i) => head[i] === byte);

/** @throws ImportError for a kind of file that is known and not read */
export function packingOf(head: Uint8Array): Packing {
  if (begins(head, OLD_EXCEL))
    throw new ImportError(
      'This is a workbook of Excel 97 to 2003 (.xls), or an encrypted one. Save it as .xlsx without a password.',
    );
  return MAGIC.find(([, magic]) => begins(head, magic))?.[0] ?? 'plain';
}

/** Bytes of a text from which its format is told. */
export const SAMPLE_BYTES = 64 * 1024;

type TextFormat = Exclude<RowFormat, 'xlsx' | 'parquet'>;

export interface TextGuess {
  readonly format: TextFormat;
  readonly encoding: Encoding;
  readonly mark: number;
  readonly delimiter: ImportSettings['delimiter'];
}

const ALB_LINE = /^(?:https?|h2|grpcs?|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z \S+ \S+:\d+ /;
const COMBINED_LINE = /^\S+ \S+ .*?\[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8} [+-]\d{4}\] "/;
const JSON_LOG_KEYS = ['status', 'method', 'request_method', 'request', 'uri', 'request_uri'];

/**
 * What a text is, by its begin and its name. `isUtf8`: whether all of it is, not its begin alone.
 * @throws ImportError for what is no table
 */
export function guessText(sample: Uint8Array, name: string, isUtf8: boolean, settings: ImportSettings): TextGuess {
  const mark = markOf(sample);
  const encoding = settings.encoding ?? mark?.encoding ?? (isUtf8 ? 'utf-8' : 'gb18030');
  const text = new TextDecoder(encoding).decode(sample);
  if (text.slice(0, 4096).includes('\0'))
    throw new ImportError(
      `"${name}" is neither text nor a kind of file that is read: CSV, JSON lines, Excel, Parquet, access logs.`,
    );
  const format = settings.format ?? formatOf(text, name);
  if (format === 'xlsx' || format === 'parquet')
    throw new ImportError(`"${name}" is a text, not ${format}; take the setting format away.`);
  return {
    format,
    encoding,
    mark: mark?.encoding === encoding ? mark.bytes : 0,
    delimiter: settings.delimiter ?? (format === 'csv' ? asDelimiter(delimiterOf(headerOf(text))) : undefined),
  };
}

const asDelimiter = (text: string): ImportSettings['delimiter'] =>
  text === ';' || text === '\t' || text === '|' ? text : ',';

/** The first record, line breaks in quotes included. */
const headerOf = (text: string): string =>
  text
    .replace(/"(?:[^"]|"")*"/g, '""')
    .trimStart()
    .split('\n', 1)[0] ?? '';

function formatOf(text: string, name: string): TextFormat {
  const lines = text.split(/\r?\n/, 20).filter((line) => line.trim() !== '');
  const first = lines[0] ?? '';
  if (/^#(?:Version|Fields|Software|Date|Remark|Start-Date):/.test(first)) return 'w3c';
  if (ALB_LINE.test(first)) return 'alb';
  if (
    lines
      .slice(0, -1)
      .concat(first)
      .some((line) => COMBINED_LINE.test(line))
  )
    return 'nginx';
  if (first.trimStart().startsWith('{')) return isLogLine(first) ? 'nginx_json' : 'json_lines';
  if (/^\s*\[/.test(first) && /\.json$/i.test(name))
    throw new ImportError(`"${name}" is one JSON array; write one object a line (JSON lines).`);
  return /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(name) ? 'json_lines' : 'csv';
}

function isLogLine(line: string): boolean {
  try {
    const keys = Object.keys(JSON.parse(line) as object);
    return JSON_LOG_KEYS.filter((key) => keys.includes(key)).length >= 2;
  } catch {
    return false;
  }
}
