import type { AthenaClient } from '@aws-sdk/client-athena';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { Compile } from 'typebox/compile';
import { KinesisCleanStream } from '../../functions/clean/clean-stream.ts';
import { AthenaSql } from '../../functions/serve/athena-sql.ts';
import { FirehoseLake } from '../../functions/shared/firehose-lake.ts';
import { S3LargeRecords } from '../../functions/shared/large-records.ts';
import { MATCHING_SOURCE } from '../../functions/shared/match/source.ts';
import { OPERATORS, operatorsSource } from '../../functions/shared/operators.ts';
import { quarantineRow } from '../../functions/shared/quarantine-row.ts';
import { decodeOriginal } from '../../functions/shared/raw-record.ts';
import {
  feedQuarantined,
  type ReplayContext,
  type ReplayFilter,
  type ReplayReport,
} from '../../functions/shared/replay.ts';
import type { Clock } from '../../functions/shared/seams.ts';
import { SqsRawQueue } from '../../functions/shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { CleanEvent, type QuarantinedEvent, Source } from '../../schemas/event.ts';
import { type DeploymentNames, DeploymentNamesError } from './deployment.ts';

/** Entries that one query reads; each page is a query of its own. */
const PAGE = 2_000;
/** For all pages of a run together. */
const QUERY_MS = 60 * 60_000;
/** More than any company has; what is beyond it is not read. */
const MAX_SOURCES = 10_000;
/** Owners of events that stitch set aside are spread as in the largest size; their order among themselves is kept. */
const GROUPING = { owner_buckets: 64, record_bytes: 200_000 };

export interface ReplayClients {
  readonly athena: AthenaClient;
  readonly dynamo: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly kinesis: KinesisClient;
  readonly firehose: FirehoseClient;
}

export interface DeployedReplay {
  readonly clients: ReplayClients;
  readonly names: DeploymentNames;
  readonly clock: Clock;
  sleep(ms: number): Promise<void>;
}

const sourceOf = Compile(Source);
const eventOf = Compile(CleanEvent);

/**
 * The sources by id, as they are configured now. Where an id has a public and a secret key, the public one counts: nobody can
 * say any more with which an event came, and it must not be believed more than it was.
 */
export async function sourcesById(client: DynamoDBClient, table: string): Promise<Map<string, Source>> {
  const sources = new Map<string, Source>();
  let start: Record<string, never> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: start }));
    for (const { source } of page.Items ?? []) {
      const value: unknown = JSON.parse(source?.S ?? 'null');
      if (!sourceOf.Check(value)) continue;
      if (value.class === 'public' || !sources.has(value.source_id)) sources.set(value.source_id, value);
    }
    start = page.LastEvaluatedKey as Record<string, never> | undefined;
  } while (start !== undefined && sources.size < MAX_SOURCES);
  sources.set(OPERATORS, operatorsSource('CN'));
  sources.set(MATCHING_SOURCE.source_id, MATCHING_SOURCE);
  return sources;
}

const needed = (value: string | undefined, what: string): string => {
  if (value !== undefined) return value;
  throw new DeploymentNamesError(
    `The deployment's stacks do not name its ${what}. Deploy them again, then repeat this.`,
  );
};

/**
 * Feeds entries of a deployment's quarantine in again, by way of its raw queue and clean stream. Entries of clean are closed by clean, once they have
 * become events. Those that stitch had set aside are closed when they are on the stream; should they fail again, a newer row says so.
 */
export async function replayDeployed(
  { clients, names, clock, sleep }: DeployedReplay,
  options: { filter: ReplayFilter; dryRun: boolean },
): Promise<ReplayReport> {
  const sources = await sourcesById(clients.dynamo, needed(names.sourcesTable, 'table of sources'));
  const sql = new AthenaSql(clients.athena, {
    workgroup: needed(names.sqlWorkgroup, 'workgroup'),
    database: needed(names.sqlDatabase, 'database'),
    limits: { rows: PAGE, deadline: clock.now() + QUERY_MS },
    clock,
    sleep,
  });
  const large = new S3LargeRecords(clients.s3, names.bucket);
  const raw = new SqsRawQueue(clients.sqs, names.rawQueue, { ...TOPOLOGY.raw_packing, large });
  const clean = new KinesisCleanStream(clients.kinesis, names.cleanStream, GROUPING);
  const lake = new FirehoseLake(clients.firehose, names.lakePrefix);
  const context: ReplayContext = {
    sql,
    page: PAGE,
    source: (id) => sources.get(id),
    putRaw: (records) => raw.putAll(records),
    putClean: async (items) => {
      await clean.put(items.map(cleanEventOf));
      const now = clock.now();
      await lake.put(
        'quarantine',
        items.map((item) => quarantineRow(item, 'replayed', now)),
      );
    },
  };
  return await feedQuarantined(context, options);
}

function cleanEventOf({ quarantine_id, original }: QuarantinedEvent): CleanEvent {
  const event: unknown = JSON.parse(decodeOriginal(original).toString('utf8'));
  if (eventOf.Check(event)) return event;
  throw new Error(
    `The original of quarantine entry ${quarantine_id} is no clean event; feed in the others by --reason.`,
  );
}
