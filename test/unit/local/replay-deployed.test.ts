import { createHash } from 'node:crypto';
import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { cleanBatch } from '../../../functions/clean/batch.ts';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import { quarantineRow } from '../../../functions/shared/quarantine-row.ts';
import { readMessage } from '../../../functions/shared/raw-message.ts';
import { decodeRaw, encodeOriginal, encodeRaw, foldOriginal } from '../../../functions/shared/raw-record.ts';
import { decodeEvents, unpack } from '../../../functions/shared/stream-codec.ts';
import { tokeniser } from '../../../functions/shared/tokens.ts';
import { quarantineRow as stitchRow } from '../../../functions/stitch/rows.ts';
import { givenNames } from '../../../local/redrive/deployment.ts';
import { replayDeployed } from '../../../local/redrive/replay-deployed.ts';
import type { CleanEvent, RawHead, Source } from '../../../schemas/event.ts';
import type { LakeRow } from '../../../schemas/lake.ts';
import { QUARANTINE } from '../../../schemas/lake.ts';
import plan from '../../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../../schemas/tracking-plan.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';
import { cleanEvent } from '../../support/stitch.ts';

const AT = '2026-01-01T00:00:00.000Z';
const NOW = Date.parse('2026-01-02T00:00:00.000Z');
const web: Source = {
  ...{ source_id: 'web', name: 'Web', channel: 'web', class: 'public', allowed_origins: [] },
  ...{ default_region: 'CN', time_zone: 'Asia/Shanghai' },
};
const head: RawHead = { v: 1, protocol: 'segment', route: 'track', source: web, request_id: 'r', received_at: AT };
const cleaning = {
  rules: SHIPPED_RULES,
  plan: compilePlan(plan as TrackingPlan),
  tokenise: tokeniser(Buffer.alloc(32, 7)),
  arrivedAt: AT,
};
const relaxed = { ...cleaning, plan: compilePlan({ plan: 'p', version: 2, owner: 'o', events: {} }) };

/** What clean puts in quarantine of an event with a wrong price. */
function wrongPrice(messageId: string): LakeRow[] {
  const properties = { product_id: 'p', price: 'x' };
  const event = { event: 'Product Viewed', userId: 'u', messageId, timestamp: AT, properties };
  const { quarantined } = cleanRecord(encodeRaw(head, Buffer.from(JSON.stringify(event))), cleaning);
  return quarantined.map((item) => quarantineRow(item, 'open', 0));
}

const NAMES = QUARANTINE.columns.map(({ name }) => name);
const athenaCell = (name: string, value: LakeRow[string] | undefined) => {
  if (value === null || value === undefined) return {};
  const text = name === 'first_seen' ? String(value).replace('T', ' ').replace('Z', '') : String(value);
  return { VarCharValue: text };
};

/** A deployment whose quarantine has these rows; Athena answers as it would for the conditions that a replay asks with. */
function deployment(rows: readonly LakeRow[], sources: readonly object[] = [web]) {
  const put: { on: unknown; key?: string; data: Uint8Array }[] = [];
  const bucket = new MemoryBucket();
  const lakeRows: string[] = [];
  const clients = {
    athena: new AthenaClient(OFFLINE),
    dynamo: new DynamoDBClient(OFFLINE),
    sqs: new SQSClient(OFFLINE),
    s3: bucket.client,
    kinesis: new KinesisClient(OFFLINE),
    firehose: new FirehoseClient(OFFLINE),
  };
  let found: readonly LakeRow[] = [];
  answerCalls(clients.athena, ({ command, input }) => {
    if (command === 'StartQueryExecution') {
      const [after = '', reason] = ((input.ExecutionParameters ?? []) as string[]).map((text) => text.slice(1, -1));
      const asksReason = String(input.QueryString).includes('reason = ?');
      found = rows.filter((row) => String(row.quarantine_id) > after && (!asksReason || row.reason === reason));
      return { QueryExecutionId: 'q' };
    }
    if (command === 'GetQueryExecution') return { QueryExecution: { Status: { State: 'SUCCEEDED' } } };
    const ColumnInfo = QUARANTINE.columns.map(({ name, type }) => ({ Name: name, Type: type }));
    const Rows = [{ Data: NAMES.map((VarCharValue) => ({ VarCharValue })) }].concat(
      found.map((row) => ({ Data: NAMES.map((name) => athenaCell(name, row[name])) as { VarCharValue: string }[] })),
    );
    return { ResultSet: { ResultSetMetadata: { ColumnInfo }, Rows } };
  });
  answerCalls(clients.dynamo, () => ({ Items: sources.map((source) => ({ source: { S: JSON.stringify(source) } })) }));
  answerCalls(clients.sqs, ({ input }) => {
    for (const { MessageBody } of input.Entries as { MessageBody: string }[]) {
      const message = readMessage(MessageBody);
      const kept = 'kept' in message ? bucket.objects.get(message.kept)?.body : message.data;
      put.push({ on: input.QueueUrl, data: kept ?? new Uint8Array() });
    }
    return {};
  });
  answerCalls(clients.kinesis, ({ input }) => {
    for (const { PartitionKey, Data } of input.Records as { PartitionKey: string; Data: Uint8Array }[])
      put.push({ on: input.StreamName, key: PartitionKey, data: Data });
    return { FailedRecordCount: 0 };
  });
  answerCalls(clients.firehose, ({ input }) => {
    for (const { Data } of input.Records as { Data: Uint8Array }[]) lakeRows.push(Buffer.from(Data).toString());
    return { FailedPutCount: 0 };
  });
  const names = {
    ...givenNames({
      ...{
        bucket: 'b',
        rawQueue: 'raw-url',
        archive: 'archive',
        cleanStream: 'clean-physical',
        lakePrefix: 'oneriver',
      },
      ...{ rawDeadLetters: undefined, bus: 'b', queues: [], fireFunction: undefined },
    }),
    sourcesTable: 'sources',
    sqlWorkgroup: 'w',
    sqlDatabase: 'd',
    lakeBucket: 'lake',
  };
  const deployed = { clients, names, clock: { now: () => NOW }, sleep: async () => undefined };
  const run = (filter = {}, dryRun = false) => replayDeployed(deployed, { filter, dryRun });
  return { put, bucket, lakeRows, run };
}

describe('replay of a deployment', () => {
  it('feeds originals to the raw queue, and clean closes their entries once they are events', async () => {
    const [open] = wrongPrice('m1');
    if (!open) throw new Error('nothing is in quarantine');
    const { put, run } = deployment([open]);
    expect(await run()).toEqual({ matched: 1, fed: 1, by: { plan_violation: 1 }, left: {} });
    expect(put.map(({ on }) => on)).toEqual(['raw-url']);
    const written: [string, unknown][] = [];
    const outputs = {
      vault: { store: async () => undefined },
      lake: { put: async (table: string, rows: readonly LakeRow[]) => void written.push([table, rows]) },
      clean: {
        put: async (events: readonly CleanEvent[]) => void written.push(['clean', events.map((e) => e.event_id)]),
      },
      count: () => undefined,
    };
    const record = { bytes: put[0]?.data ?? new Uint8Array(), arrived_at: '2026-01-02T00:00:01.000Z' };
    await cleanBatch([record], cleaning, outputs);
    expect(written, 'still wrong: open as before').toEqual([
      ['quarantine', [open]],
      ['clean', []],
    ]);
    written.length = 0;
    await cleanBatch([record], relaxed, outputs);
    expect(written).toEqual([
      ['clean', ['m1']],
      ['quarantine', [{ ...open, status: 'replayed', seq: Date.parse('2026-01-02T00:00:01.000Z') }]],
    ]);
  });

  it('keeps an original that is too large for a message beside the queue', async () => {
    const body = createHash('shake256', { outputLength: 300_000 }).update('noise').digest();
    const [open] = wrongPrice('m1');
    const { put, bucket, run } = deployment([{ ...open, original: foldOriginal(encodeOriginal(body)) } as LakeRow]);
    expect(await run()).toMatchObject({ fed: 1 });
    expect(bucket.keys()).toEqual([expect.stringMatching(/^large\//)]);
    expect(decodeRaw(unpack(put[0]?.data ?? new Uint8Array())).body.equals(body)).toBe(true);
  });

  it('counts in a dry run, by reason, and feeds nothing', async () => {
    const rows = [...wrongPrice('m1'), ...wrongPrice('m2')];
    const { put, run } = deployment(rows);
    expect(await run({}, true)).toMatchObject({ matched: 2, fed: 2, by: { plan_violation: 2 } });
    expect(await run({ reason: 'invalid_time' }, true)).toMatchObject({ matched: 0, fed: 0 });
    expect(put).toEqual([]);
  });

  it('leaves entries of a source that is gone, and conflicts that stitch found', async () => {
    const conflict = stitchRow(cleanEvent(['user_id:u']), { reason: 'id_conflict', field: '', detail: 'd' }, AT);
    const { put, run } = deployment([...wrongPrice('m1'), conflict], []);
    expect(await run()).toMatchObject({ matched: 2, fed: 0, left: { plan_violation: 1, id_conflict: 1 } });
    expect(put).toEqual([]);
  });

  it('puts what stitch set aside back on the clean stream, and closes its entry', async () => {
    const event = cleanEvent(['user_id:u'], { event_id: 'set-aside' });
    const row = stitchRow(event, { reason: 'internal_error', field: '', detail: 'd' }, AT);
    const { put, lakeRows, run } = deployment([row]);
    expect(await run()).toMatchObject({ matched: 1, fed: 1, by: { internal_error: 1 } });
    expect(put.map(({ on, key, data }) => [on, key?.startsWith('owner-'), decodeEvents(data)])).toEqual([
      ['clean-physical', true, [event]],
    ]);
    expect(lakeRows.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ quarantine_id: row.quarantine_id, status: 'replayed', seq: NOW }),
    ]);
  });

  it('believes a source no more than its public key was believed', async () => {
    const { put, run } = deployment(wrongPrice('m1'), [{ ...web, class: 'secret' }, web]);
    await run();
    expect(decodeRaw(unpack(put[0]?.data ?? new Uint8Array())).head.source.class).toBe('public');
  });
});
