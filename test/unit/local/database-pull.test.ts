import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeDecoding } from '../../../functions/import/judge.ts';
import { isFinding } from '../../../functions/shared/finding.ts';
import type { JsonObject } from '../../../functions/shared/json.ts';
import { decode } from '../../../functions/shared/protocols/rows/decode.ts';
import { decodeRaw } from '../../../functions/shared/raw-record.ts';
import { openDatabaseOf, readPull } from '../../../local/import/database/open.ts';
import { pullDatabase } from '../../../local/import/database/pull.ts';
import type { Source } from '../../../schemas/event.ts';
import { dataFolder } from '../../support/data-folder.ts';
import {
  mariadbMissing,
  postgresMissing,
  type RunningDatabase,
  startMariadb,
  startPostgres,
} from '../../support/databases.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';

const SOURCE: Source = {
  source_id: 'crm',
  name: 'CRM',
  channel: 'crm',
  class: 'secret',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

const asPostgres = async (url: string, ...statements: string[]): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const sql of statements) await client.query(sql);
  await client.end();
};
const asMysql = async (url: string, ...statements: string[]): Promise<void> => {
  const client = await createConnection({ uri: url });
  await client.query("SET time_zone = '+08:00'");
  for (const sql of statements) await client.query(sql);
  await client.end();
};

const KINDS = [
  {
    kind: 'postgresql',
    missing: postgresMissing(),
    start: startPostgres,
    run: asPostgres,
    instant: 'timestamptz',
    series: 'SELECT i FROM generate_series(1, 2500) AS s(i)',
    plus8: '+08',
  },
  {
    kind: 'mysql',
    missing: mariadbMissing(),
    start: startMariadb,
    run: asMysql,
    instant: 'timestamp(6) NULL',
    series: 'SELECT seq AS i FROM seq_1_to_2500',
    plus8: '',
  },
] as const;

for (const { kind, missing, start, run, instant, series, plus8 } of KINDS) {
  if (missing !== undefined) process.stdout.write(`Pulling from ${kind} is not tested: ${missing}.\n`);
  describe.skipIf(missing !== undefined)(`a pull from ${kind}`, () => {
    let database: RunningDatabase;
    let dir = '';
    let path = '';
    const store = new MemoryDocStore();
    const put: Buffer[] = [];

    beforeAll(async () => {
      database = await start(await freePort(), (url) =>
        run(url, kind === 'mysql' ? 'CREATE DATABASE IF NOT EXISTS test' : 'SELECT 1'),
      );
      dir = mkdtempSync(join(tmpdir(), 'oneriver-pull-'));
      writeFileSync(join(dir, 'address'), database.url, { mode: 0o600 });
      path = join(dir, 'members.json');
      const description = {
        name: 'members',
        kind,
        connection: { url_file: 'address' },
        table: 'members',
        cursor: 'changed',
        key: ['member_id'],
        source: 'crm',
      };
      writeFileSync(path, JSON.stringify(description));
      await run(
        database.url,
        `CREATE TABLE members (member_id int PRIMARY KEY, name varchar(50), points decimal(9,2), born date, seen ${instant}, changed timestamp(6) NOT NULL)${kind === 'mysql' ? ' CHARACTER SET utf8mb4' : ''}`,
        // Two rows in three share the time of their change with others.
        `INSERT INTO members SELECT i, '张三', 1.5, '1990-01-02', '2026-03-01 10:00:00${plus8}', CASE WHEN i % 3 = 0 THEN '2026-03-01 10:00:00.123456' ELSE '2026-03-01 10:00:00.123457' END${kind === 'postgresql' ? '::timestamp' : ''} FROM (${series}) AS numbers`,
      );
    }, 120_000);
    afterAll(async () => {
      await database?.stop();
      rmSync(dir, { recursive: true, force: true });
    });

    const pullOnce = async (fails = 0): Promise<number> => {
      const pull = readPull(path);
      const reader = await openDatabaseOf(pull, path);
      let left = fails;
      const raw = {
        put: async (record: Uint8Array) => {
          if (left > 0 && --left === 0) throw new Error('killed');
          put.push(Buffer.from(record));
        },
      };
      try {
        return (
          await pullDatabase({ pull, source: SOURCE }, reader, {
            clock: Date,
            store,
            raw,
            judge: judgeDecoding,
            room: async () => undefined,
          })
        ).rows;
      } finally {
        await reader.close();
      }
    };
    const events = (): JsonObject[] =>
      put.flatMap((record) => {
        const { head, body } = decodeRaw(record);
        const unpacked = decode({ route: head.route, body, params: head.params ?? {} }, SOURCE);
        return isFinding(unpacked) ? [] : (unpacked.items as JsonObject[]);
      });

    it('reads every row, also where it was broken off and where many changed at one moment', async () => {
      await expect(pullOnce(4)).rejects.toThrow('killed');
      expect(await pullOnce()).toBeGreaterThan(0);
      const byId = new Map(events().map((event) => [event.messageId, event]));
      expect(byId.size).toBe(2500);
      expect(new Set([...byId.values()].map(({ userId }) => userId)).size).toBe(2500);
      const seen = events().find(({ userId }) => userId === '1')?.traits as JsonObject;
      expect(seen).toMatchObject({ name: '张三', points: 1.5, born: '1990-01-02' });
      expect(Date.parse(String(seen.seen).replace(/\+00$/, 'Z'))).toBe(Date.parse('2026-03-01T02:00:00Z'));
    });

    it('reads what changed since, as a new event, and nothing where nothing did', async () => {
      expect(await pullOnce()).toBe(0);
      await run(database.url, `UPDATE members SET name = '李四', changed = '2026-03-02 10:00:00' WHERE member_id = 7`);
      const before = new Set(events().map(({ messageId }) => messageId));
      expect(await pullOnce()).toBe(1);
      const fresh = events().filter(({ messageId }) => !before.has(messageId));
      expect(fresh).toMatchObject([{ type: 'identify', userId: '7', traits: { name: '李四' } }]);
    });

    it('says what is wrong without the address', async () => {
      const pull = { ...readPull(path), table: 'nothing' };
      const reader = await openDatabaseOf(pull, path);
      await expect(reader.page(undefined, 10)).rejects.toThrow(/^The database refused with (?:42P01|ER_NO_SUCH_TABLE)/);
      await reader.close();
    });
  });
}

it('is described by a file that is checked, with its address in another that only its owner reads', async () => {
  const dir = dataFolder();
  const path = join(dir, 'pull.json');
  const description = {
    name: 'm',
    kind: 'postgresql',
    connection: { url_file: 'address' },
    table: 'm',
    cursor: 'c',
    key: ['k'],
    source: 'crm',
  };
  const described = (more: object): string => {
    writeFileSync(path, JSON.stringify({ ...description, ...more }));
    return path;
  };
  expect(() => readPull(described({ query: 'SELECT 1' }))).toThrow(/a table or a query, and not both/);
  expect(() => readPull(described({ password: 'x' }))).toThrow(/not valid/);
  expect(() => readPull(described({ table: 'a; DROP TABLE b' }))).toThrow(/table/);
  const pull = readPull(described({}));
  await expect(openDatabaseOf(pull, path)).rejects.toThrow(/There is no file/);
  writeFileSync(join(dir, 'address'), 'postgresql://u:secret@127.0.0.1:1/x');
  chmodSync(join(dir, 'address'), 0o644);
  await expect(openDatabaseOf(pull, path)).rejects.toThrow(/chmod 600/);
  chmodSync(join(dir, 'address'), 0o600);
  const refused = openDatabaseOf(pull, path);
  await expect(refused).rejects.toThrow(/ECONNREFUSED/);
  await expect(refused).rejects.not.toThrow(/secret/);
});
