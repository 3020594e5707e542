import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AthenaClient } from '@aws-sdk/client-athena';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { ReplayFilter } from '../functions/shared/replay.ts';
import { App } from './app.ts';
import { ARCHIVE_USAGE, type ArchiveDays, readArchiveDays } from './redrive/archive-args.ts';
import { readSince } from './redrive/args.ts';
import { deploymentNames } from './redrive/deployment.ts';
import { replayArchive } from './redrive/replay-archive.ts';
import { replayDeployed } from './redrive/replay-deployed.ts';
import { feedOpen } from './replays.ts';

const USAGE = `npm run replay -- [options]: feeds what is in quarantine in again, after a fix.
  --reason REASON   only of this reason        --source ID      only from this source
  --event NAME      only of this event             --field POINTER  only where this field was wrong
  --since WHEN      only what came since: 2026-01-31T08:00:00Z, or an age such as 24h, 7d
  --until WHEN      only what came before
  --dry-run         say how many there are and what would become of them, and feed nothing
  --data DIR        data folder (default: data); the server that has it open is asked, if there is one
  --stack NAME      in place of a folder: a deployment on AWS; what the names of its stacks begin with, e.g. oneriver
${ARCHIVE_USAGE}`;

interface Options {
  readonly filter: ReplayFilter;
  readonly dryRun: boolean;
}

/** Asks the server that has the data folder open, if one does. */
async function replayThroughServer(dir: string, { filter, dryRun }: Options): Promise<object | undefined> {
  const path = join(dir, 'dev.json');
  if (!existsSync(path)) return undefined;
  const { url } = JSON.parse(readFileSync(path, 'utf8')) as { url: string };
  try {
    const response = await fetch(`${url}/api/replay`, {
      method: 'POST',
      body: JSON.stringify({ ...filter, dry_run: dryRun }),
    });
    return (await response.json()) as object;
  } catch {
    return undefined;
  }
}

async function replayOffline(dir: string, options: Options): Promise<object> {
  if (!existsSync(join(dir, 'state.db'))) throw new Error(`There is no data folder at ${dir}; name it with --data.`);
  const app = await App.open({ dir, realNow: Date.now });
  try {
    const report = await feedOpen(app, options);
    await app.pipeline.materialise();
    const { rows } = await app.sql.query(`SELECT count(*) FROM quarantine WHERE status = 'open'`);
    return { ...report, dry_run: options.dryRun, open_now: rows[0]?.[0] ?? 0 };
  } finally {
    await app.close();
  }
}

async function replayOnAws(stack: string, options: Options): Promise<object> {
  const clients = {
    athena: new AthenaClient({}),
    dynamo: new DynamoDBClient({}),
    sqs: new SQSClient({}),
    s3: new S3Client({}),
    kinesis: new KinesisClient({}),
    firehose: new FirehoseClient({}),
  };
  const names = await deploymentNames(new CloudFormationClient({}), stack);
  const deployed = { clients, names, clock: { now: Date.now }, sleep: (ms: number) => sleep(ms) };
  return { ...(await replayDeployed(deployed, options)), dry_run: options.dryRun };
}

async function replayArchived(stack: string, options: { days: ArchiveDays; dryRun: boolean }): Promise<object> {
  const names = await deploymentNames(new CloudFormationClient({}), stack);
  const clients = { s3: new S3Client({}), sqs: new SQSClient({}) };
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const deployed = { clients, names, clock: { now: Date.now }, sleep: (ms: number) => sleep(ms), say };
  const report = await replayArchive(deployed, options);
  if (report.unreadable > 0) process.exitCode = 1;
  return { ...report, dry_run: options.dryRun };
}

/** `npm run replay`: feeds quarantined events in again, after a fix, or what the archive holds; prints what became of them as JSON. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: 'data' },
      stack: { type: 'string' },
      reason: { type: 'string' },
      source: { type: 'string' },
      event: { type: 'string' },
      field: { type: 'string' },
      since: { type: 'string' },
      until: { type: 'string' },
      archive: { type: 'string' },
      to: { type: 'string' },
      'count-again': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const days = readArchiveDays(values, Date.now());
  if (days !== undefined && values.stack !== undefined) {
    const archived = await replayArchived(values.stack, { days, dryRun: values['dry-run'] });
    return void process.stdout.write(`${JSON.stringify(archived, null, 2)}\n`);
  }
  const instant = (text: string | undefined) => text && new Date(readSince(text, Date.now())).toISOString();
  const filter = {
    reason: values.reason,
    source_id: values.source,
    event_name: values.event,
    field: values.field,
    since: instant(values.since),
    until: instant(values.until),
  };
  const options = { filter, dryRun: values['dry-run'] };
  const dir = resolve(values.data);
  const report =
    values.stack === undefined
      ? ((await replayThroughServer(dir, options)) ?? (await replayOffline(dir, options)))
      : await replayOnAws(values.stack, options);
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 1;
});
