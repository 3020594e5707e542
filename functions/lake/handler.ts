import { setTimeout as sleep } from 'node:timers/promises';
import { AthenaClient, GetTableMetadataCommand } from '@aws-sdk/client-athena';
import { S3Client } from '@aws-sdk/client-s3';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { LAKE_TABLES, type LakeTableName } from '../../schemas/lake.ts';
import { AthenaQueries } from '../shared/athena-queries.ts';
import { readEnv } from '../shared/env.ts';
import { emitCounts } from '../shared/metrics.ts';
import { safeErrors } from '../shared/safe-error.ts';
import { LakeEnv } from './env.ts';
import { S3LandingStore } from './landing-store.ts';
import { mergeLanding } from './merge.ts';
import { LAKE_PREFIXES } from './prefixes.ts';
import { prepare } from './prepare.ts';
import { lakeTable } from './rows.ts';
import { answerStack, putAnswer } from './stack-request.ts';
import { isStackRequest, readTask } from './task.ts';
import { upkeep } from './upkeep.ts';

const env = readEnv(LakeEnv);
const clock = { now: Date.now };
const athena = new AthenaClient({});
const landing = new S3LandingStore(new S3Client({}), env.LAKE_BUCKET);

/** What is left to say and to stop when the time is nearly over. */
const LAST_MS = 15_000;

const columnsOf = async (TableName: string): Promise<readonly string[]> => {
  const { TableMetadata } = await athena.send(
    new GetTableMetadataCommand({ CatalogName: 'AwsDataCatalog', DatabaseName: env.SQL_DATABASE, TableName }),
  );
  return (TableMetadata?.Columns ?? []).flatMap(({ Name }) => Name ?? []);
};

const runner = (context: Context) => {
  const queries = new AthenaQueries(athena, {
    workgroup: env.SQL_WORKGROUP,
    database: env.SQL_DATABASE,
    deadline: clock.now() + context.getRemainingTimeInMillis() - LAST_MS,
    longest_poll_ms: 5_000,
    when_stopped: 'The next run begins it again.',
    clock,
    sleep: (ms) => sleep(ms),
  });
  return async (sql: string) => await queries.run(sql);
};

async function merge(name: LakeTableName, run: ReturnType<typeof runner>, timeLeft: () => number): Promise<void> {
  const table = { ...lakeTable(name), name };
  const { errors, ...counts } = await mergeLanding(table, { landing, run, clock, timeLeft });
  // Metrics are billed by the hour in which they are written: with nothing to say, say nothing.
  if (Object.values(counts).some((count) => count > 0)) emitCounts('lake', counts);
  if (errors.length > 0) throw new AggregateError(errors, `Days of ${name} could not be merged.`);
}

/** A schedule asks for one table's merge or upkeep; CloudFormation, for the tables themselves. */
export const handler = middy<unknown, void>()
  .use(safeErrors())
  .handler(async (input, context) => {
    const run = runner(context);
    if (isStackRequest(input)) {
      const location = `s3://${env.LAKE_BUCKET}/${LAKE_PREFIXES.tables}`;
      return await answerStack(input, () => prepare(LAKE_TABLES, { run, columnsOf, location }), putAnswer);
    }
    const task = readTask(input);
    const table = lakeTable(task.table as LakeTableName);
    if (task.task === 'upkeep') return await upkeep(table, task.retention_days, { run, clock });
    await merge(table.name as LakeTableName, run, () => context.getRemainingTimeInMillis());
  });
