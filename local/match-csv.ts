import { createReadStream } from 'node:fs';
import type { RawTable } from '../functions/shared/match/roles.ts';

/** A CSV file cannot be read; the message says where and why. */
export class CsvError extends Error {
  override name = 'CsvError';
}

/** Cuts CSV text (RFC 4180: quotes, doubled quotes, line breaks in quotes; LF or CRLF) into rows, piece by piece. */
export class CsvParser {
  readonly #separator: string;
  #cell = '';
  #row: string[] = [];
  #quoted = false;
  /** A quote inside quotes was the last character: the end of the cell, or the first of two. */
  #pendingQuote = false;

  constructor(separator = ',') {
    this.#separator = separator;
  }

  *push(text: string): Generator<string[]> {
    for (const char of text) {
      if (this.#pendingQuote) {
        this.#pendingQuote = false;
        if (char === '"') {
          this.#cell += char;
          continue;
        }
        this.#quoted = false;
      }
      if (this.#quoted) {
        if (char === '"') this.#pendingQuote = true;
        else this.#cell += char;
      } else if (char === '"' && this.#cell.trim() === '') {
        this.#cell = '';
        this.#quoted = true;
      } else if (char === this.#separator) this.#endCell();
      else if (char === '\n') yield this.#endRow();
      else this.#cell += char;
    }
  }

  /** The last row, when the file does not end with a line break. @throws CsvError when a quote is left open. */
  *end(): Generator<string[]> {
    if (this.#quoted && !this.#pendingQuote) throw new CsvError('The file ends inside a quoted cell; close its quote.');
    if (this.#cell !== '' || this.#row.length > 0) yield this.#endRow();
  }

  #endCell(): void {
    this.#row.push(this.#cell.trim());
    this.#cell = '';
  }

  #endRow(): string[] {
    this.#endCell();
    const row = this.#row;
    this.#row = [];
    return row;
  }
}

const MAX_ROWS = 2_000_000;

/** Separator that the first line of a file uses most. */
const separatorOf = (line: string): string =>
  [',', ';', '\t', '|'].reduce((best, mark) => (line.split(mark).length > line.split(best).length ? mark : best), ',');

/** Reads a whole CSV file with a header line. Rows may be shorter than the header, not longer. @throws CsvError */
export async function readCsv(path: string): Promise<RawTable> {
  let parser: CsvParser | undefined;
  let columns: string[] | undefined;
  const rows: string[][] = [];
  const take = (row: string[]): void => {
    if (row.length === 1 && row[0] === '') return;
    if (columns === undefined) {
      columns = row;
      return;
    }
    if (row.length > columns.length) {
      throw new CsvError(
        `${path}: row ${rows.length + 2} has ${row.length} cells, the header ${columns.length}; quote cells that contain the separator.`,
      );
    }
    if (rows.length >= MAX_ROWS) throw new CsvError(`${path} has more than ${MAX_ROWS} rows; split it.`);
    while (row.length < columns.length) row.push('');
    rows.push(row);
  };
  for await (const chunk of createReadStream(path, 'utf8')) {
    const text = parser === undefined ? String(chunk).replace(/^\uFEFF/, '') : String(chunk);
    parser ??= new CsvParser(separatorOf(text.slice(0, text.indexOf('\n') + 1 || undefined)));
    for (const row of parser.push(text)) take(row);
  }
  for (const row of parser?.end() ?? []) take(row);
  if (columns === undefined) throw new CsvError(`${path} is empty; its first line must name the columns.`);
  return { columns, rows };
}
