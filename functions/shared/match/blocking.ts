import { hasHan, soundOf } from './pinyin.ts';
import type { Role } from './roles.ts';
import { sortedLetters } from './strings.ts';
import { type Field, type Table, textOf } from './table.ts';

/** A way to find pairs worth comparing: records that share a key. '' puts a record in no block. */
export interface BlockingRule {
  readonly name: string;
  readonly key: (record: number) => string;
}

export interface BlockingLimits {
  /** Tables with at most so many pairs are compared whole. */
  readonly maxAllPairs: number;
  /** Pairs that one rule may add, at least; see `pairsPerRecord`. */
  readonly minPairsPerRule: number;
  /** Pairs that one rule may add, for each record of the table. */
  readonly pairsPerRecord: number;
}

export interface RuleReport {
  readonly rule: string;
  readonly pairs: number;
  /** Pairs in blocks too large for the rule's share; other rules may still find them. */
  readonly skipped: number;
}

export interface Candidates {
  /** Pairs `left * size + right`, left < right, each once, in ascending order. */
  readonly codes: Float64Array;
  readonly rules: readonly RuleReport[];
}

type KeyMaker = readonly [string, (text: string) => string];

const atLeast =
  (length: number, make: (text: string) => string) =>
  (text: string): string =>
    text.length >= length ? make(text) : '';
const WORD_KEYS: readonly KeyMaker[] = [
  ['beginning', atLeast(4, (text) => text.slice(0, 4))],
  ['end', atLeast(5, (text) => text.slice(-4))],
  ['letters', atLeast(4, sortedLetters)],
];
const DATE_KEYS: readonly KeyMaker[] = [
  ['year and month', (text) => text.slice(0, 6)],
  ['month and day', (text) => text.slice(4)],
  ['year and day', (text) => `${text.slice(0, 4)}${text.slice(6)}`],
];
const CODE_KEYS: readonly KeyMaker[] = [
  ['beginning', atLeast(6, (text) => text.slice(0, Math.ceil(text.length / 2)))],
  ['end', atLeast(6, (text) => text.slice(Math.floor(text.length / 2)))],
];
const EMAIL_KEYS: readonly KeyMaker[] = [
  ['before the @', (text) => text.split('@')[0] ?? ''],
  ['domain', (text) => text.split('@')[1] ?? ''],
  ['beginning', (text) => text.slice(0, 5)],
];
const KEYS: Partial<Record<Role, readonly KeyMaker[]>> = {
  first_name: WORD_KEYS,
  last_name: WORD_KEYS,
  text: WORD_KEYS,
  street: WORD_KEYS,
  birth_date: DATE_KEYS,
  email: EMAIL_KEYS,
  phone: CODE_KEYS,
  identifier: CODE_KEYS,
};

function rulesOf(field: Field): BlockingRule[] {
  const makers: KeyMaker[] = [['value', (text) => text], ...(KEYS[field.role] ?? [])];
  if (KEYS[field.role] === WORD_KEYS && field.values.some(hasHan)) makers.push(['sound', soundOf]);
  return makers.map(([part, make]) => ({
    name: part === 'value' ? field.name : `${field.name}: ${part}`,
    key: (record) => {
      const text = textOf(field, record);
      return text === '' ? '' : make(text);
    },
  }));
}

/** Two keys at once: the small blocks in which a pair stands that agrees on two common things. */
const both = (a: BlockingRule, b: BlockingRule): BlockingRule => ({
  name: `${a.name} + ${b.name}`,
  key: (record) => {
    const [first, second] = [a.key(record), b.key(record)];
    return first === '' || second === '' ? '' : `${first}\u0000${second}`;
  },
});

function swappedNames(table: Table): BlockingRule[] {
  const [first, last] = [
    table.fields.find(({ role }) => role === 'first_name'),
    table.fields.find(({ role }) => role === 'last_name'),
  ];
  if (first === undefined || last === undefined) return [];
  const inAnyOrder = (make: (text: string) => string) => (record: number) => {
    const parts = [textOf(first, record), textOf(last, record)];
    return parts.includes('') ? '' : parts.map(make).sort().join('+');
  };
  const rules = [{ name: 'first and last name in any order: beginnings', key: inAnyOrder((text) => text.slice(0, 3)) }];
  // Wang Xiaoming is 王小明 with the surname first: no single part of it has the other's sound.
  if ([first, last].some(({ values }) => values.some(hasHan))) {
    rules.push({ name: 'first and last name in any order: sound', key: inAnyOrder(soundOf) });
  }
  return rules;
}

/** The rules for a table: every field by its value and by parts of it that single errors leave alone, and values two by two. */
export function defaultRules(table: Table): BlockingRule[] {
  const values = table.fields.map(
    (field): BlockingRule => ({ name: field.name, key: (record) => textOf(field, record) }),
  );
  const pairs = values.flatMap((a, at) => values.slice(at + 1).map((b) => both(a, b)));
  return [...table.fields.flatMap(rulesOf), ...swappedNames(table), ...pairs];
}

function blocksOf(rule: BlockingRule, size: number): number[][] {
  const blocks = new Map<string, number[]>();
  for (let record = 0; record < size; record += 1) {
    const key = rule.key(record);
    if (key === '') continue;
    const block = blocks.get(key);
    if (block === undefined) blocks.set(key, [record]);
    else block.push(record);
  }
  return [...blocks.values()].filter((block) => block.length > 1);
}

const pairsIn = (block: readonly number[]): number => (block.length * (block.length - 1)) / 2;

function distinctAscending(codes: Float64Array): Float64Array {
  codes.sort();
  let kept = 0;
  for (const code of codes) if (kept === 0 || codes[kept - 1] !== code) codes[kept++] = code;
  return codes.slice(0, kept);
}

/** All pairs that share a key of a rule, smallest blocks first until the rule has used up its share. */
export function findCandidates(size: number, rules: readonly BlockingRule[], limits: BlockingLimits): Candidates {
  const share = Math.max(limits.minPairsPerRule, limits.pairsPerRecord * size);
  const found: number[][] = [];
  const reports = rules.map((rule): RuleReport => {
    const blocks = blocksOf(rule, size).sort((a, b) => a.length - b.length);
    const codes: number[] = [];
    let skipped = 0;
    for (const block of blocks) {
      if (codes.length + pairsIn(block) > share) {
        skipped += pairsIn(block);
        continue;
      }
      block.forEach((i, at) => {
        for (const j of block.slice(at + 1)) codes.push(i * size + j);
      });
    }
    found.push(codes);
    return { rule: rule.name, pairs: codes.length, skipped };
  });
  const codes = new Float64Array(found.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of found) {
    codes.set(part, at);
    at += part.length;
  }
  return { codes: distinctAscending(codes), rules: reports };
}
