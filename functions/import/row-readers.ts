import type { ImportSettings, RowFormat } from '../../schemas/import.ts';
import { isObject } from '../shared/json.ts';
import { logReader } from './access-log.ts';
import { columnNames, fieldsOf, rowOf } from './csv.ts';
import type { ReadRow } from './rows.ts';
import type { RowReader } from './text-part.ts';

/** CSV: the first record names the columns. */
function csvReader(delimiter: string): RowReader {
  let columns: string[] | undefined;
  return {
    delimiter,
    headed: true,
    stateful: false,
    read(text, n) {
      const fields = fieldsOf(text, delimiter);
      if (columns) return rowOf(n, columns, fields);
      columns = columnNames(fields);
      return undefined;
    },
  };
}

function readJsonLine(text: string, n: number): ReadRow | undefined {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return { n, row: value };
  } catch {
    // As below: the parser's own message quotes the line.
  }
  return { n, problem: { reason: 'row_unreadable', detail: 'The line is not a JSON object.' } };
}

/** What reads the records of a text of this format. */
export function rowReader(
  format: Exclude<RowFormat, 'xlsx' | 'parquet'>,
  delimiter: ImportSettings['delimiter'],
): RowReader {
  if (format === 'csv') return csvReader(delimiter ?? ',');
  if (format === 'json_lines') return { headed: false, stateful: false, read: readJsonLine };
  return logReader(format);
}
