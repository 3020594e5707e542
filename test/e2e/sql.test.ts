import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
  const events = [1, 2, 3].map((n) => ({ type: 'track', event: 'Signed In', userId: `u${n}`, messageId: `e${n}` }));
  await server.collect('server', events);
});
afterAll(() => server.stop());

const ask = (sql: unknown) => server.post('/api/sql', { sql });

describe('POST /api/sql', () => {
  it('reads every table and view', async () => {
    for (const table of ['events', 'identity_map', 'profiles', 'quarantine', 'decisions', 'events_resolved']) {
      const { status, json } = await ask(`SELECT count(*) AS n FROM ${table}`);
      expect({ table, status, columns: json.columns, truncated: json.truncated }).toEqual({
        table,
        status: 200,
        columns: ['n'],
        truncated: false,
      });
    }
    expect(await server.value('SELECT count(DISTINCT one_id) FROM events_resolved')).toBe(3);
  });

  it('cannot write', async () => {
    const target = join(server.dir, 'written.csv');
    const files = readdirSync(join(server.dir, 'lake'), { recursive: true }).filter((name) =>
      String(name).endsWith('.parquet'),
    );
    for (const sql of [
      'DELETE FROM events',
      'UPDATE events SET name = 1',
      `INSERT INTO events SELECT * FROM events`,
      'DROP VIEW events',
      'CREATE TABLE t AS SELECT 1',
      'CREATE OR REPLACE VIEW events AS SELECT 1',
      `COPY events TO '${target}'`,
      `COPY (SELECT 1) TO '${join(server.dir, 'lake', 'written.csv')}'`,
      `EXPORT DATABASE '${server.dir}'`,
      `ATTACH '${join(server.dir, 'state.db')}'`,
      "SET memory_limit = '64GB'",
      'PRAGMA database_list',
      'INSTALL httpfs',
      'LOAD httpfs',
      'CALL pragma_version()',
      'SELECT 1; DROP VIEW events',
    ]) {
      const { status, json } = await ask(sql);
      expect({ sql, status, error: json.error }).toEqual({ sql, status: 400, error: 'sql_error' });
      expect(json.message.length).toBeGreaterThan(10);
    }
    expect(existsSync(target)).toBe(false);
    expect(await server.value('SELECT count(*) FROM events')).toBe(3);
    const after = readdirSync(join(server.dir, 'lake'), { recursive: true });
    for (const file of files) expect(after).toContain(file);
    expect(after.some((name) => String(name).includes('written'))).toBe(false);
  });

  it('cannot read other files, settings or the engine’s inside', async () => {
    for (const sql of [
      ...['dev.json', 'state.db', 'raw.db', 'vault.db', 'keys/sources.json'].flatMap((name) => [
        `SELECT * FROM read_text('${join(server.dir, name)}')`,
        `SELECT * FROM '${join(server.dir, name)}'`,
        `SELECT * FROM read_blob('${join(server.dir, 'lake', '..', name)}')`,
      ]),
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM '/etc/passwd'",
      "SELECT * FROM glob('/**')",
      `SELECT * FROM read_parquet('${join(server.dir, 'lake')}/**/*.parquet')`,
      "SELECT * FROM sqlite_scan('state.db', 'docs')",
      'SELECT * FROM duckdb_settings()',
      "SELECT getenv('HOME')",
      "SELECT current_setting('allowed_directories')",
      "SELECT * FROM query('SELECT 1')",
      "SELECT (SELECT content FROM read_text('/etc/passwd'))",
      "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
      "SELECT * FROM 'http://127.0.0.1:1/x.parquet'",
    ]) {
      const { status, json, text } = await ask(sql);
      expect({ sql, status, error: json.error }).toEqual({ sql, status: 400, error: 'sql_error' });
      expect(text).not.toMatch(/root:|sk_|pk_/);
    }
  });

  it('cannot run for ever, or take all memory; the server answers meanwhile and afterwards', async () => {
    const started = performance.now();
    let isEnded = false;
    const endless = ask('SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0').finally(
      () => {
        isEnded = true;
      },
    );
    const health = await server.get('/api/health');
    const event = await server.collect('server', { type: 'track', event: 'Signed Out', userId: 'u1', messageId: 'm' });
    expect([health.status, event.status]).toEqual([200, 200]);
    expect(isEnded, 'nobody waits for the query').toBe(false);
    const { status, json } = await endless;
    expect({ status, error: json.error }).toEqual({ status: 400, error: 'sql_error' });
    expect(json.message).toMatch(/stopped after \d+ s/);
    expect(performance.now() - started).toBeLessThan(30_000);
    const greedy = await ask('SELECT count(*) FROM range(10000000000) a, range(10000000000) b');
    expect(greedy.json.message).toMatch(/more than \d+ MiB of memory/);
    expect(greedy.json.message, 'no advice that cannot be followed').not.toContain('SET ');
    expect({ status: greedy.status, error: greedy.json.error }).toEqual({ status: 400, error: 'sql_error' });
    expect(await server.value('SELECT count(*) FROM events')).toBe(4);
  });

  it('cuts long answers and says so', async () => {
    const { status, json } = await ask('SELECT i FROM range(50000) t(i)');
    expect({ status, rows: json.rows.length, truncated: json.truncated }).toEqual({
      status: 200,
      rows: 10_000,
      truncated: true,
    });
  });

  it('says what is wrong with a request that is no query', async () => {
    for (const body of ['', 'SELECT 1', '[]', '{}', '{"sql": 1}', `{"sql": "${' '.repeat(200_000)}"}`]) {
      const { status, json } = await server.post('/api/sql', body);
      expect({ body: body.slice(0, 20), status, error: typeof json.error, message: typeof json.message }).toEqual({
        body: body.slice(0, 20),
        status: 400,
        error: 'string',
        message: 'string',
      });
    }
  });
});
