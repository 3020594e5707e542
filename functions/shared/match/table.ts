import { dateOrder } from './dates.ts';
import { foldValue } from './fold.ts';
import { splitName } from './names.ts';
import type { RawTable, Role } from './roles.ts';

/** One thing known of every record: the values of a column in the form in which they are compared. */
export interface Field {
  readonly name: string;
  readonly role: Role;
  /** The different values; number 0 is '' and stands for "missing". */
  readonly values: readonly string[];
  /** For every record the number of its value. */
  readonly ids: Int32Array;
  /** For every value the number of records that have it. */
  readonly counts: readonly number[];
}

/** A table as matching sees it, field by field. */
export interface Table {
  readonly size: number;
  readonly fields: readonly Field[];
}

/** Gives equal texts of all records one number, in order of appearance. */
export function makeField(name: string, role: Role, texts: readonly string[]): Field {
  const values = [''];
  const counts = [0];
  const numbers = new Map([['', 0]]);
  const ids = Int32Array.from(texts, (text) => {
    let id = numbers.get(text);
    if (id === undefined) {
      id = values.length;
      numbers.set(text, id);
      values.push(text);
      counts.push(0);
    }
    counts[id] = (counts[id] ?? 0) + 1;
    return id;
  });
  return { name, role, values, ids, counts };
}

const KEPT_OUT: ReadonlySet<Role> = new Set(['id', 'truth', 'ignore']);

/** Folds every compared column of a table; a full name becomes a first and a last name. */
export function buildTable(raw: RawTable, roles: readonly Role[]): Table {
  const fields = roles.flatMap((role, at): Field[] => {
    const name = raw.columns[at] ?? '';
    if (KEPT_OUT.has(role)) return [];
    const cells = raw.rows.map((row) => row[at] ?? '');
    if (role === 'full_name') {
      const parts = cells.map(splitName);
      return [
        makeField(
          `${name} (first)`,
          'first_name',
          parts.map(({ first }) => first),
        ),
        makeField(
          `${name} (last)`,
          'last_name',
          parts.map(({ last }) => last),
        ),
      ];
    }
    const order = role === 'birth_date' ? dateOrder(cells) : 'dmy';
    return [
      makeField(
        name,
        role,
        cells.map((cell) => foldValue(cell, role, order)),
      ),
    ];
  });
  return { size: raw.rows.length, fields };
}

/** The folded text of a record's field; '' when it is missing. */
export const textOf = (field: Field, record: number): string => field.values[field.ids[record] ?? 0] ?? '';
