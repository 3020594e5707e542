import { afterEach, expect, it } from 'vitest';
import { dayOf } from '../../functions/lake/landing.ts';
import { lakeCloud } from '../support/lake-cloud.ts';
import { logOf } from '../support/run-handler.ts';

const objects = new Map<string, string>();
let cloud: Awaited<ReturnType<typeof lakeCloud>> | undefined;
afterEach(async () => {
  await cloud?.close();
  objects.clear();
});

/** The bundle as it is deployed, over S3 and Athena; what it wrote to its log. */
async function run(...tasks: readonly unknown[]): Promise<string> {
  cloud ??= await lakeCloud(objects);
  const names = { LAKE_BUCKET: 'lake', SQL_DATABASE: 'oneriver', SQL_WORKGROUP: 'oneriver-upkeep' };
  return await logOf('lake', { ...names, AWS_ENDPOINT_URL: cloud.url }, tasks);
}

const landed = (now: number, days: number, file: string): string =>
  `landing/events/ingest_day=${dayOf(now, days)}/${file}`;
const merge = { task: 'merge', table: 'events' };

/** Three merges and an upkeep of one day. Over midnight it was another day to the function than to the test: then all of it again. */
async function ofOneDay(): Promise<{ now: number; log: string }> {
  const now = Date.now();
  objects.set(landed(now, -3, 'a.parquet'), '');
  objects.set(landed(now, -1, 'b.parquet'), '');
  objects.set(landed(now, 0, 'today.parquet'), '');
  objects.set('undelivered/events/x', '');
  const log = await run(merge, merge, merge, { task: 'upkeep', table: 'events', retention_days: 30 });
  if (dayOf(Date.now(), 0) === dayOf(now, 0)) return { now, log };
  await cloud?.close();
  cloud = undefined;
  objects.clear();
  return ofOneDay();
}

it('merges a day, removes its files a run later, and keeps a table up', async () => {
  const { now, log } = await ofOneDay();

  const ran = cloud?.queries.map((sql) => [sql.split(/\s/)[0], /ingest_day (?:<|>=|=) '([\d-]+)'/.exec(sql)?.[1]]);
  expect(ran).toEqual([
    ['MERGE', dayOf(now, -3)],
    ['MERGE', dayOf(now, -1)],
    ['DELETE', dayOf(now, -30)],
    ['OPTIMIZE', dayOf(now, -3)],
    ['VACUUM', undefined],
  ]);
  const kept = [...objects.keys()].filter((key) => key.startsWith('landing/'));
  expect(kept.toSorted()).toEqual([landed(now, -1, 'b.parquet'), landed(now, 0, 'today.parquet')].toSorted());

  const counts = log
    .split('\n')
    .filter((line) => line.includes('"stage":"lake"'))
    .map((line) => JSON.parse(line));
  expect(counts).toMatchObject([
    { merged_days: 2, removed_files: 0, waiting_days: 0, undelivered_files: 1 },
    { merged_days: 0, removed_files: 1 },
    { merged_days: 0, removed_files: 0 },
  ]);
  expect(log).not.toContain('Invoke Error');
});
