import { dateOrder, foldDate } from './dates.ts';

/** All roles, for checking settings. */
export const ROLES = [
  'id',
  'truth',
  'first_name',
  'last_name',
  'full_name',
  'birth_date',
  'email',
  'phone',
  'street',
  'street_number',
  'city',
  'postcode',
  'identifier',
  'device',
  'ip',
  'token',
  'category',
  'text',
  'ignore',
] as const;

/**
 * What a column of a table of people holds. `id` names the record, `truth` the person (known only in labelled sets); a `token`
 * stands for a value that nobody shall read, and is the same or not.
 */
export type Role = (typeof ROLES)[number];

/** A table as it was read: every row has as many cells as there are columns. */
export interface RawTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Numbers that the state gives to one person. */
const OWN_NUMBER = /ssn|soc_?sec|passport|licen[cs]e|national|nino|tax|身份证/;

const BY_NAME: readonly (readonly [Role, RegExp])[] = [
  ['email', /e_?mail|邮箱/],
  ['ip', /(^|_)ip(_?(v[46]|addr|address))?(_|$)/],
  ['device', /device|user_agent|(^|_)(idfa|idfv|oaid|gaid|imei|aaid)(_|$)|设备/],
  ['phone', /phone|mobile|(^|_)(tel|cell|fax)(_|$)|手机|电话/],
  ['birth_date', /(^|_)dob(_|$)|birth_?(date|day|dt)|date_of_birth|born|生日|出生/],
  ['postcode', /post_?(al_?)?code|postcode|zip|postal|邮编|邮政编码/],
  ['full_name', /(first|given|fore)_?(name)?_and_|full_?name|姓名|中文名|chinese_name/],
  ['first_name', /(first|given|fore|christian)_?name|^f_?name|^(first|given|forename)$|^名(字)?$/],
  ['last_name', /(sur|last|family)_?name|^l_?name|^(last|surname|family)$|^姓(氏)?$/],
  ['full_name', /^(person_|customer_|member_|contact_)?name$/],
  ['street_number', /(street|house|building|str)_?(no|nr|num|number)$/],
  ['city', /city|town|suburb|locality|municipality|place|village|城市/],
  ['street', /street|addr|road|地址/],
  ['identifier', OWN_NUMBER],
  ['identifier', /card|account|(^|_)(id|no|number)$/],
  ['category', /gender|sex|state|country|province|region|occupation|title|性别|省/],
];

const TRUTH =
  /^((true|gold|ground|real|actual)_?)?(cluster|entity|ent|person|people|label|match|group|individual|truth|gold)(_?(id|no|key|label|number))?$/;
/** In a labelled set without any better name, an id that several records share must be the truth. */
const TRUTH_AT_LAST = /^(\w*_)?(id|key|uid|uuid|customer_?no|member_?no)$/;
const RECORD_ID =
  /(^|_)(id|uid|uuid|key|index|rid|rec|record|row)(_?(id|no|num|number))?$|^(rec|record|row|unique).*id$|编号|序号|^$/;
/** Record ids of generated sets that say which person they copy: `rec-12-org`, `rec-12-dup-0`. */
const COPY_ID = /^(.+?)[-_](?:org|dup)(?:[-_]\d+)?$/i;
const SEEN_ROWS = 20_000;

/** The person that a record id of the form `rec-12-dup-0` names, or undefined. */
export const personOfCopy = (id: string): string | undefined => COPY_ID.exec(id.trim())?.[1];

interface Column {
  readonly name: string;
  readonly filled: readonly string[];
  readonly distinct: number;
  /** All filled in, no value twice. */
  readonly unique: boolean;
}

const share = (texts: readonly string[], test: (text: string) => boolean): number =>
  texts.length === 0 ? 0 : texts.filter(test).length / texts.length;

function byContent({ filled, distinct }: Column): Role {
  if (share(filled, (text) => text.includes('@')) > 0.6) return 'email';
  const order = dateOrder(filled);
  const isDate = (text: string): boolean =>
    /^(1[5-9]|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])$/.test(foldDate(text, order));
  if (share(filled, isDate) > 0.8) return 'birth_date';
  if (share(filled, (text) => /^\+?[\d\s().-]{10,20}$/.test(text)) > 0.8) return 'phone';
  if (distinct <= 60 && distinct < filled.length / 20) return 'category';
  if (share(filled, (text) => /^[\dA-Z-]{5,}$/.test(text) && /\d/.test(text)) > 0.8) return 'identifier';
  return 'text';
}

/** A keyed token, as personal values have it in the lake. */
const TOKEN = /^t\d+\.\S+$/;
const IP = /^(\d{1,3}(\.\d{1,3}){3}|[\da-f]{0,4}(:[\da-f]{0,4}){2,7}(\d{1,3}(\.\d{1,3}){3})?)$/i;

const CONTENT_CHECK: Partial<Record<Role, (column: Column) => boolean>> = {
  email: ({ filled }) => share(filled, (text) => text.includes('@')) > 0.3,
  birth_date: ({ filled }) => share(filled, (text) => foldDate(text, 'dmy') !== '') > 0.3,
  ip: ({ filled }) => share(filled, (text) => IP.test(text.trim())) > 0.3,
  phone: ({ filled }) => share(filled, (text) => text.replace(/\D/g, '').length >= 5) > 0.3,
};

/** Row numbers of whatever name: whole numbers that never repeat and leave few gaps. */
function countsRows({ filled, unique }: Column): boolean {
  if (!unique || !filled.every((cell) => /^\d{1,9}$/.test(cell))) return false;
  const numbers = filled.map(Number);
  const [low, high] = numbers.reduce(
    ([min, max], value) => [Math.min(min, value), Math.max(max, value)],
    [Infinity, 0],
  );
  return high - low < 2 * filled.length;
}

function roleOf(column: Column): Role {
  if (column.distinct < 2 || countsRows(column)) return 'ignore';
  if (share(column.filled, (text) => TOKEN.test(text)) > 0.5) return 'token';
  const name = column.name;
  for (const [role, pattern] of BY_NAME) {
    if (pattern.test(name) && (CONTENT_CHECK[role]?.(column) ?? true)) return role;
  }
  return byContent(column);
}

const foldName = (name: string): string =>
  name
    .trim()
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '');

function readColumns({ columns, rows }: RawTable): Column[] {
  return columns.map((name, at) => {
    const cells = rows.slice(0, SEEN_ROWS).map((row) => (row[at] ?? '').trim());
    const filled = cells.filter((cell) => cell !== '');
    const distinct = new Set(filled).size;
    return { name: foldName(name), filled, distinct, unique: distinct === cells.length };
  });
}

/**
 * What every column holds, from its name and then from its cells. Only one column is the truth and one the record id; both
 * are kept out of comparisons. `labelled` tables have a truth: one with repeated record ids has it there. Where first and last name have columns of their own, a full name says nothing new.
 */
export function detectRoles(table: RawTable, labelled = false): Role[] {
  const columns = readColumns(table);
  const repeats = ({ unique, distinct }: Column): boolean => !unique && distinct > 1;
  const isCopy = ({ filled }: Column): boolean => filled.every((cell) => personOfCopy(cell) !== undefined);
  let truth = columns.findIndex((column) => TRUTH.test(column.name) && repeats(column));
  const id = columns.findIndex(
    (column, at) =>
      at !== truth && column.unique && (RECORD_ID.test(column.name) || isCopy(column) || countsRows(column)),
  );
  const copies = id >= 0 && columns.slice(id, id + 1).some(isCopy);
  if (labelled && truth < 0 && !copies) {
    truth = columns.findIndex(
      (column) => TRUTH_AT_LAST.test(column.name) && !OWN_NUMBER.test(column.name) && repeats(column),
    );
  }
  const roles = columns.map((column, at): Role => {
    if (at === truth) return 'truth';
    return at === id ? 'id' : roleOf(column);
  });
  const split = roles.includes('first_name') && roles.includes('last_name');
  return roles.map((role) => (role === 'full_name' && split ? 'ignore' : role));
}
