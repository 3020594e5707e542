import { describe, expect, it } from 'vitest';
import { importFile } from '../../../functions/import/import-file.ts';
import { judgeDecoding } from '../../../functions/import/judge.ts';
import { ImportLedger } from '../../../functions/import/ledger.ts';
import type { ImportDeps } from '../../../functions/import/run.ts';
import { isFinding } from '../../../functions/shared/finding.ts';
import type { JsonObject } from '../../../functions/shared/json.ts';
import { decode } from '../../../functions/shared/protocols/rows/decode.ts';
import { decodeRaw } from '../../../functions/shared/raw-record.ts';
import { StreamOverloaded } from '../../../functions/shared/seams.ts';
import type { Source } from '../../../schemas/event.ts';
import type { ImportSettings } from '../../../schemas/import.ts';
import { Dice } from '../../support/dice.ts';
import { memoryFile } from '../../support/import-files.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';

const SOURCE: Source = {
  source_id: 'pos',
  name: 'Tills',
  channel: 'store',
  class: 'secret',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
};
const ROWS = 5_000;
const CSV = Buffer.from(`user_id,event,n\n${Array.from({ length: ROWS }, (_, i) => `M${i},E,${i}`).join('\n')}`);

class Killed extends Error {}

/** A world with a ledger and a stream, whose clock goes on by a millisecond each time somebody looks. */
function world() {
  const store = new MemoryDocStore();
  const put: Buffer[] = [];
  let now = Date.parse('2026-03-01T00:00:00Z');
  const wait = (ms: number): void => {
    now += ms;
  };
  const deps: ImportDeps = {
    clock: { now: () => now++ },
    ledger: new ImportLedger(store),
    raw: { put: async (record) => void put.push(Buffer.from(record)) },
    judge: judgeDecoding,
    room: async () => undefined,
    sleep: async (ms) => wait(ms),
    worker: 'one',
    lease_seconds: 60,
  };
  /** Every event on the stream, once for each time it was put. */
  const events = (): JsonObject[] =>
    put.flatMap((record) => {
      const { head, body } = decodeRaw(record);
      const unpacked = decode({ route: head.route, body, params: head.params ?? {} }, head.source);
      return isFinding(unpacked) ? [] : (unpacked.items as JsonObject[]);
    });
  return { deps, put, events, wait };
}

const order = (bytes: Buffer = CSV, settings: ImportSettings = {}, name = 'a.csv') => ({
  file: memoryFile(name, bytes, 4096),
  source: SOURCE,
  settings,
});

describe('an import', () => {
  it('puts each row on the stream, and the same content never again', async () => {
    const { deps, put, events } = world();
    const first = await importFile(order(), deps);
    expect(first).toMatchObject({ kind: 'done', entry: { state: 'done', rows: ROWS, refused: {} } });
    expect(events().map(({ properties }) => (properties as JsonObject).n)).toEqual(
      Array.from({ length: ROWS }, (_, i) => i),
    );
    const records = put.length;
    expect(await importFile(order(CSV, {}, 'other-name.csv'), deps)).toMatchObject({
      kind: 'again',
      entry: { file: 'a.csv', repeats: 1 },
    });
    expect(put.length).toBe(records);
  });

  it('goes on where it was, wherever it is killed, and gives every row under one id', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { deps, events, wait } = world();
      const dice = new Dice(seed);
      let outcome = '';
      for (let life = 0; life < 200 && outcome !== 'done'; life++) {
        const raw = {
          put: async (record: Uint8Array) => {
            if (dice.chance(0.2)) throw new Killed();
            await deps.raw.put(record);
            // The ledger hears of it now and then only.
            wait(700);
            if (dice.chance(0.1)) throw new Killed();
          },
        };
        outcome = await importFile(order(), { ...deps, raw }).then(
          ({ kind }) => kind,
          (error: unknown) => (error instanceof Killed ? 'killed' : Promise.reject(error)),
        );
      }
      expect(outcome, `seed ${seed}`).toBe('done');
      const ids = events().map(({ messageId, properties }) => `${messageId} ${(properties as JsonObject).n}`);
      expect(new Set(ids).size, `seed ${seed}`).toBe(ROWS);
    }
  });

  it('repeats few rows after a crash, however fast they were read', async () => {
    const { deps, put } = world();
    const rows = Array.from({ length: 20_000 }, (_, i) => `M${i},E,${i}`);
    const large = order(Buffer.from(`user_id,event,n\n${rows.join('\n')}`));
    const raw = {
      put: async (record: Uint8Array) => {
        if (put.length === 30) throw new Killed();
        await deps.raw.put(record);
      },
    };
    const still = { now: () => 0 };
    await expect(importFile(large, { ...deps, raw, clock: still })).rejects.toThrow(Killed);
    const [entry] = await deps.ledger.list(1);
    expect(entry?.rows).toBeGreaterThan(30 * 500 - 8_000);
    expect(entry?.rows).toBeLessThanOrEqual(30 * 500);
  });

  it('leaves the rest to the next slice when its time is over, and counts each row once', async () => {
    const { deps, events } = world();
    const kinds: string[] = [];
    for (let slice = 0; slice < 100 && kinds.at(-1) !== 'done'; slice++) {
      kinds.push((await importFile(order(), { ...deps, deadline: deps.clock.now() + 5 })).kind);
    }
    expect(kinds.slice(0, -1).every((kind) => kind === 'paused')).toBe(true);
    expect(kinds.length).toBeGreaterThan(2);
    expect(events()).toHaveLength(ROWS);
    expect((await importFile(order(), deps)).entry.rows).toBe(ROWS);
  });

  it('is left alone while somebody else is at it, until their lease is over', async () => {
    const { deps, wait } = world();
    const raw = { put: () => Promise.reject(new Killed()) };
    await expect(importFile(order(), { ...deps, raw })).rejects.toThrow(Killed);
    expect((await importFile(order(), { ...deps, worker: 'two' })).kind).toBe('busy');
    wait(61_000);
    expect((await importFile(order(), { ...deps, worker: 'two' })).kind).toBe('done');
  });

  it('waits for a stream that is full', async () => {
    const { deps, events } = world();
    let refusals = 5;
    const raw = {
      put: async (record: Uint8Array) => {
        if (refusals-- > 0) throw new StreamOverloaded(2);
        await deps.raw.put(record);
      },
    };
    expect((await importFile(order(), { ...deps, raw })).kind).toBe('done');
    expect(events()).toHaveLength(ROWS);
  });

  it('stores nothing when it only looks', async () => {
    const { deps, put } = world();
    expect(await importFile(order(), { ...deps, dryRun: true })).toMatchObject({ kind: 'done', entry: { rows: ROWS } });
    expect(put).toEqual([]);
    expect(await deps.ledger.list(10)).toEqual([]);
  });

  it('stops at a file that is mostly no table of events, and says so', async () => {
    const { deps } = world();
    const bytes = Buffer.from(`event,a\n${'x,1,2\n'.repeat(3000)}`);
    const { kind, entry } = await importFile(order(bytes), deps);
    expect(kind).toBe('failed');
    expect(entry.error).toMatch(/became no events/);
    expect(entry.examples[0]).toEqual({ row: 1, reason: 'row_unreadable', field: '', detail: expect.any(String) });
    expect(entry.rows).toBeLessThan(3000);
  });

  it('counts lines of a log that name nobody, and passes them over unless told to keep them', async () => {
    const line = (path: string) => `192.0.2.1 - - [01/Mar/2026:02:00:00 +0000] "GET ${path} HTTP/1.1" 200 2 "-" "UA"\n`;
    const log = Buffer.from(line('/?uid=u1') + line('/') + line('/a.js'));
    const identity = { userId: 'query:uid' };
    const one = world();
    expect((await importFile(order(log, { identity }), one.deps)).entry).toMatchObject({ rows: 3, skipped: 2 });
    expect(one.events().map(({ userId }) => userId)).toEqual(['u1']);
    const two = world();
    expect((await importFile(order(log, { identity, nobody: 'quarantine' }), two.deps)).entry).toMatchObject({
      skipped: 0,
    });
    expect(two.events()).toHaveLength(3);
  });
});
