import type { DocStore } from '../doc-store.ts';
import { shortHash } from '../hash.ts';
import { blockDocKey, change } from './docs.ts';
import type { MatchModel } from './model.ts';
import type { MatchRecord } from './online.ts';
import { tableOf } from './person-record.ts';
import { soundOf } from './pinyin.ts';
import type { Role } from './roles.ts';
import { buildTable } from './table.ts';

/** Identifiers kept in one block, the newest: what more people than this share is not worth comparing them for. */
export const MAX_BLOCK = 20;
const MAX_BLOCKS_PER_RECORD = 24;

interface BlockDoc {
  readonly keys: readonly string[];
}

/** Values that by themselves make a pair worth comparing. */
const TELLING: ReadonlySet<Role> = new Set<Role>(['email', 'phone', 'token', 'identifier']);

/**
 * Hashes of what a record is looked up by as it comes in. Fewer than for a file, where blocks may be large and cost nothing to
 * keep: the whole name by its sound, in any order; one name with the birth date, or with the street; a telling value. A single
 * error in a name or a date leaves at least one of them alone.
 */
export function blocksOf(model: MatchModel, record: MatchRecord): string[] {
  const columns = model.columns.map(({ name }) => name);
  const roles = model.columns.map(({ role }) => role);
  const { fields } = buildTable(tableOf(columns, [record]), roles);
  // A field of one record has two values: the missing one and its own.
  const texts = fields.map(({ role, name, values }) => ({ role, name, text: values[1] ?? '' }));
  const known = texts.filter(({ text }) => text !== '');
  const of = (role: Role): string[] => known.filter((each) => each.role === role).map(({ text }) => text);
  const names = [...of('first_name'), ...of('last_name')].map(soundOf);
  const keys: string[][] = names.length > 1 ? [['name', ...names.sort()]] : [];
  for (const [kind, values] of [
    ['born', of('birth_date')],
    ['street', of('street')],
  ] as const) {
    for (const value of values) for (const name of names) keys.push([kind, value, name]);
  }
  for (const { role, name, text } of known) if (TELLING.has(role)) keys.push(['value', name, text]);
  for (const mail of of('email')) keys.push(['mailbox', mail.split('@')[0] ?? '']);
  return [...new Set(keys.map((key) => shortHash(JSON.stringify(key))))].slice(0, MAX_BLOCKS_PER_RECORD);
}

/** Identifiers of the persons that share blocks, those that share most first. */
export async function readBlocks(store: DocStore, blocks: readonly string[]): Promise<string[]> {
  const docs = await store.get(blocks.map(blockDocKey));
  const counts = new Map<string, number>();
  for (const { body } of docs.values()) {
    for (const key of (body as BlockDoc | undefined)?.keys ?? []) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([key]) => key);
}

/** Puts a person's identifier into its blocks; a full block loses its oldest. @throws MatchConflict */
export async function writeBlocks(store: DocStore, blocks: readonly string[], key: string): Promise<void> {
  for (const block of blocks) {
    await change<BlockDoc>(store, blockDocKey(block), (doc) =>
      doc?.keys.includes(key) ? undefined : { keys: [...(doc?.keys ?? []), key].slice(-MAX_BLOCK) },
    );
  }
}
