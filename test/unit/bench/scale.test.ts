import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spread } from '../../../bench/identity-report.ts';
import type { ScaleLine } from '../../../bench/scale.ts';
import { eventPool, historyOf, SCALE_DAY, type ScaleKind, scalePerson } from '../../../bench/scale-people.ts';
import { fillStore, VARIANTS } from '../../../bench/scale-store.ts';
import { SCALE_KINDS, ScaleTraffic, stitchBatch } from '../../../bench/scale-task.ts';
import { stitchDeps } from '../../../bench/stages.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import { SqliteDocStore } from '../../../local/doc-store.ts';
import { openDatabase } from '../../../local/sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'oneriver-test-'));
const path = join(folder, 'state.db');
const pool = eventPool();
let persons = 0;

beforeAll(async () => {
  persons = await fillStore(path, 2_000, pool);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const documentsOf = (file: string): Map<string, unknown> => {
  const db = openDatabase(file);
  const rows = db.prepare('SELECT key, body FROM docs').all();
  db.close();
  return new Map(rows.map(({ key, body }) => [String(key), JSON.parse(String(body))]));
};

describe('a store filled for the scale benchmark', () => {
  it.each<ScaleKind>(['visitor', 'member', 'customer'])(
    'holds what stitch makes of a %s, but for the names of timers',
    async (kind) => {
      const filled = documentsOf(path);
      const numbers = Array.from({ length: persons }, (_, n) => n).filter((n) => scalePerson(n).kind === kind);
      for (const n of numbers.slice(0, 2 * VARIANTS)) {
        const person = scalePerson(n);
        const db = openDatabase(':memory:');
        const base = stitchDeps({ put: async () => undefined });
        const deps = { ...base, clock: { now: () => SCALE_DAY }, newId: () => person.component };
        await stitch(historyOf(person, pool, 1 + (n % VARIANTS)), { ...deps, store: new SqliteDocStore(db) });
        for (const { key, body } of db.prepare('SELECT key, body FROM docs').all()) {
          const made = JSON.parse(String(body));
          const wanted = 'armed' in made ? { ...made, armed: [] } : made;
          expect(filled.get(String(key))).toEqual(wanted);
        }
        db.close();
      }
    },
  );

  it('has no two documents of one name and as many identifiers as asked for', () => {
    const identifiers = [...documentsOf(path).keys()].filter((key) => key.startsWith('i:'));
    expect(identifiers.length).toBeGreaterThanOrEqual(2_000);
    expect(identifiers.length).toBeLessThan(2_004);
  });

  it('gets events that do what their kind says, and tells when they do not', async () => {
    const db = openDatabase(path);
    const store = new SqliteDocStore(db);
    const traffic = new ScaleTraffic(persons, pool, 1);
    for (const kind of SCALE_KINDS) await stitchBatch(kind, traffic.batch(kind), store);
    const known = traffic.batch('known');
    await expect(stitchBatch('merge', known, store)).rejects.toThrow(/figure would be wrong/);
    await expect(stitchBatch('known', traffic.batch('new_visitor'), store)).rejects.toThrow(/figure would be wrong/);
    db.close();
  });
});

it('takes as spread the largest by the smallest, the checkpoint included', () => {
  const line = (identifiers: number, us: number): ScaleLine => {
    const cost = { wall_us: us, cpu_us: us };
    const costs = { known: cost, new_visitor: cost, merge: cost, checkpoint: { wall_us: 10, cpu_us: 20 } };
    return { identifiers, persons: 1, fill_seconds: 1, bytes: 1, costs };
  };
  const lines = [line(1, 90), line(2, 190), line(3, 40)];
  expect(spread(lines, 'wall_us')).toEqual({ known: 4, 'new visitor': 4, 'merge of two': 4 });
  expect(spread(lines, 'cpu_us').known).toBe(3.5);
});
