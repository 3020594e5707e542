import { describe, expect, it } from 'vitest';
import {
  DELETION_STEPS_DAYS,
  deletionDeadlineDays,
  SETTLE_DAYS,
  TABLE_DELETION_DAYS,
  UPKEEP_EVERY_DAYS,
} from '../../../functions/lake/landing.ts';
import { prepare } from '../../../functions/lake/prepare.ts';
import { upkeep } from '../../../functions/lake/upkeep.ts';
import { DEFAULT_RETENTION } from '../../../functions/shared/retention.ts';
import { SqlError } from '../../../functions/shared/seams.ts';
import { TOPOLOGY } from '../../../functions/shared/topology.ts';
import { EVENTS, QUARANTINE } from '../../../schemas/lake.ts';

const clock = { now: () => Date.UTC(2026, 2, 31, 4) };
const MORE = 'ICEBERG_VACUUM_MORE_RUNS_NEEDED: Removed 20000 files in this round';

function recorder(answer: (sql: string, nth: number) => void = () => undefined) {
  const ran: string[] = [];
  const run = async (sql: string) => {
    ran.push(sql);
    answer(sql, ran.length);
  };
  return { ran, run };
}

describe('the upkeep of a table', () => {
  it('forgets, writes together, expires: in this order', async () => {
    const { ran, run } = recorder();
    await upkeep(QUARANTINE, 30, { run, clock });
    expect(ran).toEqual([
      "DELETE FROM quarantine_history WHERE ingest_day < '2026-03-01'",
      "OPTIMIZE quarantine_history REWRITE DATA USING BIN_PACK WHERE ingest_day >= '2026-03-28'",
      'VACUUM quarantine_history',
    ]);
  });

  it('repeats what Athena asks to be repeated, within bounds', async () => {
    const twice = recorder((sql, nth) => {
      if (sql.startsWith('VACUUM') && nth < 5) throw new SqlError(MORE);
    });
    await upkeep(EVENTS, 730, { run: twice.run, clock });
    expect(twice.ran.filter((sql) => sql.startsWith('VACUUM'))).toHaveLength(3);
    const forever = recorder((sql) => {
      if (sql.startsWith('OPTIMIZE')) throw new SqlError('ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED');
    });
    await upkeep(EVENTS, 730, { run: forever.run, clock });
    expect(forever.ran).toHaveLength(1 + 10 + 1);
  });

  it('stops at a step that fails', async () => {
    const { ran, run } = recorder((sql) => {
      if (sql.startsWith('OPTIMIZE')) throw new SqlError('ICEBERG_COMMIT_ERROR');
    });
    await expect(upkeep(EVENTS, 730, { run, clock })).rejects.toThrow('ICEBERG_COMMIT_ERROR');
    expect(ran).toHaveLength(2);
  });
});

describe('how long a deleted row can lie in a file', () => {
  it('adds up to what is promised', () => {
    const days = Object.values(DELETION_STEPS_DAYS).reduce((sum, step) => sum + step, 0);
    expect(DELETION_STEPS_DAYS).toEqual({ landing: 3, last_delete: 1, snapshot: 1, vacuum: 1 });
    expect(days + UPKEEP_EVERY_DAYS).toBeLessThanOrEqual(TABLE_DELETION_DAYS);
    // Firehose holds what it could not write for up to 24 hours.
    expect(SETTLE_DAYS).toBeGreaterThan(1);
    expect(UPKEEP_EVERY_DAYS).toBe(1);
  });
});

describe('the deadline of a deployment', () => {
  it('is set by what cannot be deleted by row', () => {
    expect(deletionDeadlineDays(DEFAULT_RETENTION)).toBe(DEFAULT_RETENTION.failures);
    const short = { ...DEFAULT_RETENTION, failures: 20, raw: 3, quarantine: 14, query_results: 1, logs: 14 };
    expect(deletionDeadlineDays(short)).toBe(20);
  });

  it('is never shorter than a raw record may wait to be cleaned or the tables take, and does not wait for what is deleted by row', () => {
    const none = { ...DEFAULT_RETENTION, failures: 1, raw: 1, quarantine: 1, query_results: 1, logs: 1 };
    const { retention_days, large_retention_days } = TOPOLOGY.raw_queue;
    expect(deletionDeadlineDays(none)).toBe(Math.max(TABLE_DELETION_DAYS, retention_days, large_retention_days));
    expect(none.events).toBeGreaterThan(TABLE_DELETION_DAYS);
  });
});

describe('preparing the tables', () => {
  it('makes each, and adds the columns that it lacks', async () => {
    const { ran, run } = recorder();
    const asked: string[] = [];
    const have = new Map([
      ['events_history', EVENTS.columns.map(({ name }) => name)],
      ['quarantine_history', QUARANTINE.columns.slice(1).map(({ name }) => name)],
    ]);
    await prepare([EVENTS, QUARANTINE], {
      run,
      location: 's3://b/tables/',
      columnsOf: async (relation) => {
        asked.push(relation);
        return have.get(relation) ?? [];
      },
    });
    expect(asked).toEqual(['events_history', 'quarantine_history']);
    expect(ran.map((sql) => sql.split(' ').slice(0, 6).join(' '))).toEqual([
      'CREATE TABLE IF NOT EXISTS events_history',
      'CREATE TABLE IF NOT EXISTS quarantine_history',
      'ALTER TABLE quarantine_history ADD COLUMNS (quarantine_id',
    ]);
    expect(ran[0]).toContain("LOCATION 's3://b/tables/events/'");
  });
});
