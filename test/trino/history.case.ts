import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { erasurePlan } from '../../functions/lake/erase.ts';
import { historyRelation, mergeDay, vacuum } from '../../functions/lake/history.ts';
import { dayOf } from '../../functions/lake/landing.ts';
import { LAKE_PREFIXES, landedPrefix, tablePrefix } from '../../functions/lake/prefixes.ts';
import { lakeTable, rowsRelation } from '../../functions/lake/rows.ts';
import { upkeep } from '../../functions/lake/upkeep.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import { EVENTS, LAKE_TABLES, type LakeTableName } from '../../schemas/lake.ts';
import { onBoth } from './engines.ts';
import { rowsInFiles } from './lake.ts';
import type { World } from './world.ts';

/** Days that are taken into history: enough to see that the others stay where they are. */
const DAYS = 3;

/** The statements that keep the lake on AWS, on Iceberg tables. What only Athena has (OPTIMIZE, VACUUM) is said in Trino's words. */
export function historyCases(world: () => World): void {
  const number = async (sql: string): Promise<number> => Number((await world().trino.run(sql)).rows[0]?.[0]);
  const daysOf = (table: string): string[] =>
    [
      ...new Set(
        world()
          .files.filter((file) => file.table === table)
          .map(({ ingestDay }) => ingestDay),
      ),
    ].sort();
  const taken = (table: string): string[] => daysOf(table).slice(0, DAYS);

  it.each(LAKE_TABLES)('takes landed days of $name into history, once however often', async (table) => {
    const keys = table.row_key.join(', ');
    for (const day of taken(table.name)) {
      await world().trino.run(mergeDay(table, day));
      const landed = `SELECT count(*) FROM (SELECT DISTINCT ${keys} FROM ${rowsRelation(table.name)} WHERE ingest_day = '${day}') t`;
      const wanted = Number((await world().duckdb(landed)).rows[0]?.[0]);
      const merged = `SELECT count(*) FROM ${historyRelation(table.name)} WHERE ingest_day = '${day}'`;
      expect({ day, rows: await number(merged) }).toEqual({ day, rows: wanted });
      await world().trino.run(mergeDay(table, day));
      expect({ day, again: await number(merged) }).toEqual({ day, again: wanted });
    }
    expect(taken(table.name)).not.toEqual([]);
  });

  it.each(['events', 'person_changes'])(
    'answers %s as before while history and landing both have a row',
    async (name) => {
      const { trino, duckdb } = await onBoth(world(), `SELECT * FROM ${name}`);
      expect(duckdb).toEqual(trino);
    },
  );

  it('answers every view as before when the landed files of those days are gone', async () => {
    for (const { name } of LAKE_TABLES) {
      for (const day of taken(name)) rmSync(join(world().bucket, landedPrefix(name, day)), { recursive: true });
    }
    for (const { name } of lakeViews('at_least_once')) {
      const { trino, duckdb } = await onBoth(world(), `SELECT * FROM ${name}`);
      expect({ name, ...duckdb }).toEqual({ name, ...trino });
    }
  });

  it('erases a person from every table, and from every file', async () => {
    const { duckdb, trino, bucket, run } = world();
    const [day = ''] = taken('events');
    const { rows } = await duckdb(
      `SELECT owner, one_id FROM events_resolved WHERE CAST(received_at AS date) = DATE '${day}' AND one_id IS NOT NULL ORDER BY owner LIMIT 1`,
    );
    const [owner = '', one_id = ''] = (rows[0] ?? []).map(String);
    const files = `${join(bucket, tablePrefix('events'))}**/*.parquet`;
    const inFiles = (): Promise<number> => rowsInFiles(files, `owner = '${owner}'`);
    expect(await inFiles()).toBeGreaterThan(0);
    // As if every day had settled: what has landed would bring the rows back.
    rmSync(join(bucket, LAKE_PREFIXES.landing), { recursive: true });
    for (const { table, statements, proof } of erasurePlan({ owners: [owner], one_ids: [one_id] }, since())) {
      for (const statement of statements) await run(statement);
      await run(vacuum(lakeTable(table as LakeTableName)));
      for (const question of proof) {
        // A table's own metadata is asked of the connector that has it.
        const sql = question.replaceAll(/FROM ("\w+\$\w+")/g, 'FROM iceberg.oneriver.$1');
        expect({ sql, left: Number((await trino.run(sql)).rows[0]?.[0]) }).toEqual({ sql, left: 0 });
      }
    }
    expect(await inFiles()).toBe(0);
  });

  it('forgets whole days, and nothing else', async () => {
    const [, second = ''] = taken('events');
    const history = `SELECT ingest_day, count(*) FROM ${historyRelation('events')}`;
    const kept = await world().trino.run(`${history} WHERE ingest_day >= '${second}' GROUP BY ingest_day`);
    const now = Date.now();
    const days = (Date.parse(dayOf(now)) - Date.parse(second)) / DAY_MS;
    await upkeep(EVENTS, days, { run: world().run, clock: { now: () => now } });
    const left = await world().trino.run(`${history} GROUP BY ingest_day`);
    expect(left.rows.toSorted()).toEqual(kept.rows.toSorted());
    expect(left.rows.length).toBe(DAYS - 1);
  });
}

const DAY_MS = 86_400_000;
const since = (): string => new Date().toISOString().slice(0, 19).replace('T', ' ');
