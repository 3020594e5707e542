import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import { type ApiEvent, type ApiResult, toApiResult, toHttpRequest } from '../shared/api-gateway.ts';
import { ANSWERING } from '../shared/aws-client.ts';
import { readEnv } from '../shared/env.ts';
import { httpErrors } from '../shared/http-errors.ts';
import { S3LargeRecords } from '../shared/large-records.ts';
import { emitCounts } from '../shared/metrics.ts';
import { spilling } from '../shared/spilling.ts';
import { SqsRawQueue } from '../shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { type CollectDeps, collect } from './collect.ts';
import { CollectEnv } from './env.ts';
import { DynamoSourceSecrets } from './source-secrets.ts';
import { DynamoSources } from './source-store.ts';

const env = readEnv(CollectEnv);
const { limits, raw_packing } = TOPOLOGY;
const clock = { now: Date.now };
const allowedOrigins = new Set(env.ALLOWED_ORIGINS.split(',').filter(Boolean));

const dynamo = new DynamoDBClient({});
const sources = new DynamoSources(dynamo, env.SOURCES_TABLE, {
  clock,
  cache: { known_seconds: limits.source_cache_seconds, unknown_seconds: limits.unknown_source_cache_seconds },
});
const secrets = new DynamoSourceSecrets(
  { dynamo, kms: new KMSClient(ANSWERING) },
  { table: env.SOURCES_TABLE, keyId: env.SOURCES_KEY_ID },
  { clock, known_seconds: limits.source_cache_seconds },
);
// Two attempts: an SDK that is told to come back holds its events better than a function that waits.
const raw = new SqsRawQueue(new SQSClient(ANSWERING), env.RAW_QUEUE_URL, {
  ...raw_packing,
  large: new S3LargeRecords(new S3Client(ANSWERING), env.SPILL_BUCKET),
  spill: spilling('collect', { bucket: env.SPILL_BUCKET, clock }, ANSWERING),
});

const depsFor = (event: ApiEvent): CollectDeps => ({
  clock,
  newRequestId: () => event.requestContext.requestId,
  sourceByKey: (key) => sources.byKey(key),
  secretsOf: (source_id) => secrets.of(source_id),
  isAllowedOrigin: (origin, source) =>
    allowedOrigins.has(origin) || (source?.allowed_origins.includes(origin) ?? false),
  raw,
  random: randomBytes,
  publicUrl: `https://${event.requestContext.domainName}`,
  // What was accepted is counted where it is cleaned, once a batch: a line of log for each request costs more than the request.
  observe: ({ refused }) => {
    if (refused.length === 0) return;
    emitCounts('collect', { refused: refused.length, overloaded: refused.includes('overloaded') ? 1 : 0 });
  },
});

/** One request of the Segment HTTP Tracking API. */
export const handler = middy<ApiEvent, ApiResult>()
  .use(httpErrors())
  .handler(async (event) => toApiResult(await collect(toHttpRequest(event), depsFor(event))));
