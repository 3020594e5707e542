import { columnNames, rowOf } from './csv.ts';
import { ImportError } from './error.ts';
import { guardUnpacked } from './file-bytes.ts';
import { MAX_COLUMNS, MAX_SHEET_ROWS } from './limits.ts';
import type { From, Lot, ReadRow } from './rows.ts';
import { type Book, readBook } from './xlsx-book.ts';
import { readXml, type XmlEvents } from './xml.ts';
import type { ZipEntry } from './zip.ts';

export interface Sheet {
  readonly name: string;
  rows(from: From): AsyncIterable<Lot>;
}

/** The sheet of that name, all for `*`, the first that can be seen for none. @throws ImportError where there is none */
export async function sheetsOf(entries: readonly ZipEntry[], wanted: string | undefined): Promise<Sheet[]> {
  const book = await readBook(entries);
  const chosen =
    wanted === undefined
      ? book.sheets.slice(0, 1)
      : book.sheets.filter(({ name }) => wanted === '*' || name === wanted);
  if (chosen.length === 0) {
    const names = book.sheets.map(({ name }) => `"${name}"`).join(', ');
    throw new ImportError(`The workbook has no sheet "${wanted ?? ''}"; it has ${names || 'none that can be seen'}.`);
  }
  return chosen.map(({ name, entry }) => ({ name, rows: (from) => readSheet(entry, book, from) }));
}

/** Rows by the first row that has anything in it, which names the columns. */
async function* readSheet(entry: ZipEntry, book: Book, from: From): AsyncGenerator<Lot, void> {
  let ready: ReadRow[] = [];
  let columns: string[] | undefined;
  let n = 0;
  const cells = cellReader(book, (row) => {
    if (row.every((cell) => cell === undefined || cell === '')) return;
    if (!columns) {
      columns = columnNames(row);
      return;
    }
    n += 1;
    if (n > MAX_SHEET_ROWS) throw new ImportError(`The sheet has more than ${MAX_SHEET_ROWS} rows.`);
    if (n > from.row) ready.push(rowOf(n, columns, row));
  });
  for await (const _ of readXml(guardUnpacked(await entry.open(), entry.packedBytes), cells)) {
    if (ready.length === 0) continue;
    yield { rows: ready };
    ready = [];
  }
  yield { rows: ready };
}

/** Collects the cells of each row, and hands them on at its end. */
function cellReader(book: Book, onRow: (row: readonly unknown[]) => void): XmlEvents {
  let row: unknown[] = [];
  // A cell may leave out its place: it then follows the one before it.
  let cell = { column: -1, type: '', style: 0 };
  let text = '';
  let inside = false;
  return {
    open({ name, attributes }) {
      if (name === 'row') row = [];
      else if (name === 'c') {
        const column = attributes.r === undefined ? cell.column + 1 : columnOf(attributes.r);
        if (column >= MAX_COLUMNS) throw new ImportError(`The table has more than ${MAX_COLUMNS} columns.`);
        cell = { column, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0) };
        text = '';
      } else if (name === 'v' || name === 't') inside = true;
    },
    text(piece) {
      if (inside) text += piece;
    },
    close(name) {
      if (name === 'v' || name === 't') inside = false;
      if (name === 'c') row[cell.column] = valueOfCell(text, cell, book);
      if (name === 'row') {
        onRow(Array.from(row));
        cell = { ...cell, column: -1 };
      }
    },
  };
}

/** `AB12` is column 27. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? 'A') column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function valueOfCell(text: string, { type, style }: { type: string; style: number }, book: Book): unknown {
  if (type === 's') return book.texts[Number(text)] ?? '';
  if (type === 'b') return text === '1';
  if (type === 'e') return undefined;
  if (type !== 'n') return text;
  if (text === '') return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  const dated = book.styles[style];
  return dated === undefined ? number : shown(number, dated === 'time', book.from1904);
}

const SECONDS = 86_400;
/** Days from the first day of the count to 1970. */
const EPOCH = { from1900: 25_569, from1904: 24_107 };

/** A day with its fraction as a spreadsheet shows it: a date, a time of day, or both. A duration of days stays a number. */
function shown(days: number, isTime: boolean, from1904: boolean): unknown {
  const seconds = Math.round(days * SECONDS);
  if (seconds < 0 || days > 2_958_465) return days;
  if (isTime && days >= 1) return days;
  const from = isTime ? 0 : from1904 ? EPOCH.from1904 : EPOCH.from1900;
  const text = new Date((seconds - from * SECONDS) * 1000).toISOString();
  if (isTime) return text.slice(11, 19);
  return seconds % SECONDS === 0 ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}
