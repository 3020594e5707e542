import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { SWEEP_KEY, type SweepDoc } from '../../../functions/shared/identity/active-rules.ts';
import { oneId } from '../../../functions/shared/identity/resolve.ts';
import type { ComponentDoc, IdentifierDoc } from '../../../functions/shared/person/docs.ts';
import { readPersonById, readPersonByKey } from '../../../functions/shared/person/read.ts';
import { SqliteDocStore } from '../../../local/doc-store.ts';
import { inTransaction, migrate, openDatabase } from '../../../local/sqlite.ts';
import { dataFolder } from '../../support/data-folder.ts';
import { tellStory } from '../../support/former-layout.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';

/** What the program before made of the story: its documents, and every One ID that it had told the lake. */
const FORMER: { told: string[]; docs: Record<string, object> } = JSON.parse(
  readFileSync('test/support/former-layout.json', 'utf8'),
);
const FORMER_TABLE = 'CREATE TABLE docs(key TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL)';
const CHUNK = { key: 's:user_id:m1|2026-03-15|abc', body: { entries: 'x'.repeat(24) } };
/** More than are in memory at once. */
const VISITORS = 2300;

/** A database that the program before has left. */
function formerDatabase(more: Record<string, object> = {}): string {
  const path = join(dataFolder(), 'state.db');
  const db = openDatabase(path);
  migrate(db, 'docs', [FORMER_TABLE]);
  const insert = db.prepare('INSERT INTO docs VALUES (?, ?, ?)');
  inTransaction(db, () => {
    for (const [key, body] of Object.entries({ ...FORMER.docs, ...more })) insert.run(key, 7, JSON.stringify(body));
  });
  db.close();
  return path;
}

const documentsIn = (path: string): Map<string, unknown> => {
  const db = openDatabase(path);
  const rows = db.prepare('SELECT key, body FROM docs ORDER BY key').all();
  db.close();
  return new Map(rows.map(({ key, body }) => [String(key), JSON.parse(String(body))]));
};

describe('a database of the former layout', () => {
  let path: string;
  let store: SqliteDocStore;
  beforeEach(() => {
    path = formerDatabase({ [CHUNK.key]: CHUNK.body });
    store = new SqliteDocStore(openDatabase(path));
  });

  test('has every One ID that was ever given lead to its person, as the same story would now', async () => {
    const now = new MemoryDocStore();
    await tellStory(now);
    expect(FORMER.told).toHaveLength(12);
    for (const id of FORMER.told) {
      const [found, wanted] = [await readPersonById(store, id), await readPersonById(now, id)];
      expect(found?.person.members.length).toBeGreaterThan(0);
      expect([found?.person, found?.aggregate, found?.first_seen]).toEqual([
        wanted?.person,
        wanted?.aggregate,
        wanted?.first_seen,
      ]);
    }
    expect((await readPersonById(store, oneId('user_id:m2')))?.person.one_id).toBe(oneId('anonymous_id:e2'));
    expect((await readPersonById(store, oneId('user_id:会员-"42"\\')))?.aggregate.events).toBe(1);
  });

  test('has those that were never given lead nowhere', async () => {
    for (const key of ['user_id:m1', 'user_id:m3', 'device_id:e4']) {
      expect(FORMER.told).not.toContain(oneId(key));
      expect(await readPersonByKey(store, key)).toBeDefined();
      expect(await readPersonById(store, oneId(key))).toBeUndefined();
    }
  });

  test('has the documents that stitch makes now, and no others', async () => {
    const now = new MemoryDocStore();
    await tellStory(now);
    const [identifiers, components] = [await now.scan('i:', { limit: 500 }), await now.scan('c:', { limit: 500 })];
    const wanted = [...identifiers.documents, ...components.documents];
    const found = documentsIn(path);
    expect([...found.keys()]).toEqual([...wanted.map(([key]) => key), CHUNK.key].sort());
    for (const [key, { body }] of identifiers.documents) {
      const { key: identifier, component, aggregate } = body as IdentifierDoc;
      expect(found.get(key)).toMatchObject({ key: identifier, component, aggregate });
    }
    for (const [key, { body }] of components.documents) {
      const { persons, former, to, moved } = body as ComponentDoc;
      const is = found.get(key) as ComponentDoc;
      expect([is.persons, is.former, is.to, is.moved]).toEqual([persons, former, to, moved]);
    }
    expect(found.get(CHUNK.key)).toEqual(CHUNK.body);
  });

  test('takes further events, and is not migrated again', async () => {
    await tellStory(store);
    const before = documentsIn(path);
    const again = new SqliteDocStore(openDatabase(path));
    expect(documentsIn(path)).toEqual(before);
    expect((await readPersonById(again, oneId('user_id:m2')))?.aggregate.events).toBe(5);
  });
});

test('thousands of documents are renamed, each once', async () => {
  const alone = FORMER.docs['i:anonymous_id:alone'];
  if (alone === undefined) throw new Error('The story has no visitor who stands alone.');
  const visitors = Array.from({ length: VISITORS }, (_, n) => `anonymous_id:v${n}`);
  const docs = visitors.flatMap((key): [string, object][] => [
    [`i:${key}`, alone],
    [`a:${oneId(key)}`, { key }],
  ]);
  const path = formerDatabase(Object.fromEntries(docs));
  const store = new SqliteDocStore(openDatabase(path));
  for (const key of visitors) expect((await readPersonById(store, oneId(key)))?.person.members).toEqual([key]);
  expect(Array.from(documentsIn(path).keys()).filter((key) => key.startsWith('a:'))).toEqual([]);
});

test.each([
  ['alone', null],
  ['join', 'c:c3'],
] as const)('a change of rules that had got to %s goes on from %s', async (phase, wanted) => {
  const after = { alone: 'i:email:e4', join: 'c:c3' }[phase];
  const sweep = { version: 2, phase, blocks: true, after, looked: 3, changed: 0, refused: ['c:c1', 'i:email:e4'] };
  const db = openDatabase(formerDatabase({ [SWEEP_KEY]: { ...sweep, moves: [], started_at: '', finished_at: null } }));
  const found = await new SqliteDocStore(db).get([SWEEP_KEY]);
  const is = found.get(SWEEP_KEY)?.body as SweepDoc;
  expect([is.after, is.refused]).toEqual([wanted, ['c:c1', `i:${oneId('email:e4')}`]]);
});
