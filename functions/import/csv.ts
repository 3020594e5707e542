import type { JsonObject } from '../shared/json.ts';
import { ImportError } from './error.ts';
import { MAX_COLUMNS } from './limits.ts';
import type { ReadRow } from './rows.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter that a header has most of, outside quotes; a comma where it has none. */
export function delimiterOf(header: string): string {
  const plain = header.replace(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((one) => plain.split(one).length - 1);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** The fields of one record (RFC 4180). A quote inside a field that did not begin with one is text, as spreadsheets have it. */
export function fieldsOf(record: string, delimiter: string): string[] {
  if (!record.includes('"')) return record.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (record[at] === '"') {
      at += 1;
      for (;;) {
        const quote = record.indexOf('"', at);
        if (quote < 0) return [...fields, field + record.slice(at)];
        field += record.slice(at, quote);
        at = quote + 1;
        if (record[at] !== '"') break;
        field += '"';
        at += 1;
      }
    }
    const end = record.indexOf(delimiter, at);
    fields.push(field + (end < 0 ? record.slice(at) : record.slice(at, end)));
    if (end < 0) return fields;
    at = end + 1;
  }
}

/**
 * Names for the columns of a table: trimmed, never empty, each once (`name`, `name_2`).
 * @throws ImportError when there are too many
 */
export function columnNames(header: readonly unknown[]): string[] {
  if (header.length > MAX_COLUMNS)
    throw new ImportError(`The table has ${header.length} columns; at most ${MAX_COLUMNS} are taken.`);
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const given = String(cell ?? '')
      .trim()
      .slice(0, 200);
    const base = given === '' || given === '__proto__' ? `column_${index + 1}` : given;
    let name = base;
    for (let copy = 2; taken.has(name); copy++) name = `${base}_${copy}`;
    taken.add(name);
    return name;
  });
}

/** A row's fields by column. Empty ones are left out; more fields than columns are a damaged row, unless they are empty. */
export function rowOf(n: number, columns: readonly string[], fields: readonly unknown[]): ReadRow {
  if (fields.length > columns.length && fields.slice(columns.length).some((field) => !isEmpty(field))) {
    const detail = `The row has ${fields.length} fields, the header has ${columns.length}; a delimiter in a field needs quotes.`;
    return { n, problem: { reason: 'row_unreadable', detail } };
  }
  const row: JsonObject = {};
  for (let i = 0; i < columns.length; i++) {
    const value = fields[i];
    if (!isEmpty(value)) row[columns[i] ?? ''] = value;
  }
  return { n, row };
}

const isEmpty = (value: unknown): boolean => value === undefined || value === null || value === '';
