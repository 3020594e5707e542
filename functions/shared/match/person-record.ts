import { isObject } from '../json.ts';
import type { MatchRecord } from './online.ts';
import { detectRoles, type RawTable, type Role } from './roles.ts';

/** Characters of a value that are compared. */
const MAX_VALUE_CHARS = 200;
const MAX_TRAITS = 200;
/** Columns of a table of persons; the fullest stay. */
const MAX_COLUMNS = 40;
/** A trait that fewer persons have cannot be learned from. */
const LEAST_SHARE = 0.01;

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, MAX_VALUE_CHARS) : '';

/**
 * A person's declared traits as a record to compare: `{ name, birthday, address: { city } }` has the columns name, birthday
 * and city. A trait of the person itself goes before one of the same name in an object. Phones and addresses of mail are
 * tokens, as everywhere outside the vault.
 */
export function recordOf(traits: Readonly<Record<string, unknown>>): MatchRecord {
  const record: Record<string, string> = Object.create(null);
  const entries = Object.entries(traits).slice(0, MAX_TRAITS);
  const inner = entries.flatMap(([, value]) => (isObject(value) ? Object.entries(value).slice(0, MAX_TRAITS) : []));
  for (const [name, value] of [...inner, ...entries]) {
    const text = textOf(value);
    if (text !== '') record[name] = text;
  }
  return record;
}

/** Every other role says who somebody is. These, such as points or a shop, are common to many who are alike in nothing else. */
const IMPERSONAL: ReadonlySet<Role> = new Set<Role>(['id', 'truth', 'category', 'text', 'ignore']);
const PERSONAL_CATEGORY = /gender|sex|province|state|country|性别|省/i;

const roleOfTrait = (name: string, role: Role): Role =>
  !IMPERSONAL.has(role) || (role === 'category' && PERSONAL_CATEGORY.test(name)) ? role : 'ignore';

/** The records of persons as a table to train on, with the role of every column; those of no use are `ignore`. */
export function personTable(records: readonly MatchRecord[]): { raw: RawTable; roles: readonly Role[] } {
  const filled = new Map<string, number>();
  for (const record of records) for (const name of Object.keys(record)) filled.set(name, (filled.get(name) ?? 0) + 1);
  const least = Math.max(2, records.length * LEAST_SHARE);
  const columns = [...filled]
    .filter(([, count]) => count >= least)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, MAX_COLUMNS)
    .map(([name]) => name)
    .sort();
  const raw = tableOf(columns, records);
  const roles = detectRoles(raw).map((role, at) => roleOfTrait(columns[at] ?? '', role));
  return { raw, roles };
}

/** Records as rows of the given columns. */
export const tableOf = (columns: readonly string[], records: readonly MatchRecord[]): RawTable => ({
  columns,
  rows: records.map((record) => columns.map((name) => record[name] ?? '')),
});
