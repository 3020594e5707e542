import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Static } from 'typebox';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { S3LargeRecords } from '../shared/large-records.ts';
import { SqsRawQueue } from '../shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import type { ImportEnv } from './env.ts';
import { judgeDecoding } from './judge.ts';
import { LandingBucket } from './landing-bucket.ts';
import { ImportLedger } from './ledger.ts';
import { paced } from './paced.ts';
import { sourceById } from './source-store.ts';
import type { DropDeps } from './take-drop.ts';

interface Clients {
  readonly dynamo: DynamoDBClient;
  readonly ledger: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
}

/** What an import needs on AWS, for each run by the name of who runs. */
export function dropsOn(
  { dynamo, ledger, sqs, s3 }: Clients,
  env: Static<typeof ImportEnv>,
  clock: { now(): number; sleep(ms: number): Promise<unknown> },
): (worker: string) => DropDeps {
  const {
    slice_seconds,
    lease_seconds,
    bytes_per_second: bytesPerSecond,
    max_file_bytes: maxFileBytes,
  } = TOPOLOGY.import;
  const { sleep } = clock;
  // Nothing is spilled: the file is there, and an import that fails goes on where it was.
  const stream = new SqsRawQueue(sqs, env.RAW_QUEUE_URL, {
    ...TOPOLOGY.raw_packing,
    large: new S3LargeRecords(s3, env.SPILL_BUCKET),
  });
  const lasting = {
    clock,
    sleep,
    ledger: new ImportLedger(new DynamoDocStore({ client: ledger, table: env.IMPORTS_TABLE })),
    raw: paced(stream, { clock, sleep, bytesPerSecond }),
    judge: judgeDecoding,
    room: async () => undefined,
    lease_seconds,
  };
  return (worker) => ({
    landing: new LandingBucket(s3, env.LANDING_BUCKET),
    maxFileBytes,
    sourceById: (id) => sourceById(dynamo, env.SOURCES_TABLE, id),
    importing: { ...lasting, worker, deadline: clock.now() + slice_seconds * 1000 },
  });
}
