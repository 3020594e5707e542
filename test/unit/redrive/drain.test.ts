import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { S3Failures } from '../../../functions/redrive/bucket.ts';
import { type DrainReport, drain } from '../../../functions/redrive/drain.ts';
import { awsSinks } from '../../../functions/redrive/sinks.ts';
import { S3Spill } from '../../../functions/shared/s3-spill.ts';
import type { Parcel } from '../../../functions/shared/spill.ts';
import { rawLine } from '../../../functions/shared/sqs-raw-queue.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { answerCalls, countedDelivery, OFFLINE } from '../../support/recording-client.ts';

const ROW = '{"owner":"a"}';
const lakeParcel = (target: string, row = ROW): Parcel => ({ kind: 'lake', target, why: 'Busy', lines: [row] });
const busParcel: Parcel = {
  kind: 'bus',
  target: 'oneriver.stitch',
  why: 'Busy',
  lines: [JSON.stringify({ DetailType: 'Campaign Triggered', Detail: '{"id":"t1"}' })],
};
const rawParcel: Parcel = {
  kind: 'raw',
  target: 'raw',
  why: 'Down',
  lines: [rawLine(Buffer.of(1, 2, 0xff))],
};
const archiveParcel: Parcel = {
  kind: 'archive',
  target: 'raw',
  why: 'Busy',
  lines: [Buffer.of(3, 0xfe).toString('base64')],
};

/** A deployment's lake, bus, raw queue and archive, each of which may be down, beside a bucket with what was spilled. */
async function deployment(...parcels: readonly Parcel[]) {
  const bucket = new MemoryBucket();
  const clock = { now: () => bucket.now };
  const spill = new S3Spill(bucket.client, { bucket: 'b', by: 'stitch', clock, onSpill: () => undefined });
  for (const parcel of parcels) {
    await spill.put(parcel);
    bucket.now += 60_000;
  }
  const down = new Set<string>();
  const delivered: string[] = [];
  const clients = {
    firehose: new FirehoseClient(OFFLINE),
    bus: new EventBridgeClient(OFFLINE),
    sqs: new SQSClient(OFFLINE),
    s3: bucket.client,
  };
  const isDown = (name: string) => Object.assign(new Error(name), { name: 'ServiceUnavailable', $fault: 'server' });
  const take = (name: string, what: string) => {
    if (down.has(name)) return isDown(name);
    delivered.push(what);
    return { FailedPutCount: 0, FailedEntryCount: 0 };
  };
  answerCalls(clients.firehose, ({ input }) => {
    const [record] = input.Records as { Data: Uint8Array }[];
    const stream = String(input.DeliveryStreamName);
    return take(stream, `${stream} ${Buffer.from(record?.Data ?? []).toString('latin1')}`);
  });
  answerCalls(clients.bus, ({ input }) => take('bus', `bus ${JSON.stringify(input.Entries)}`));
  answerCalls(clients.sqs, ({ input }) => {
    const bodies = (input.Entries as { MessageBody: string }[]).map(({ MessageBody }) => MessageBody);
    return take('raw', `${input.QueueUrl} ${bodies}`);
  });
  const names = { rawQueue: 'raw-url', archive: 'archive', bucket: 'b', lakePrefix: 'oneriver', bus: 'bus-physical' };
  const faults: string[] = [];
  const run = (deadline = Number.POSITIVE_INFINITY): Promise<DrainReport> =>
    drain({
      failures: new S3Failures(bucket.client, 'b'),
      sinks: awsSinks(clients, names, countedDelivery(2).options),
      clock,
      deadline,
      parallel: 4,
      onFault: ({ key }) => void faults.push(key),
    });
  return { bucket, down, delivered, faults, run };
}

describe('drain', () => {
  it('delivers each kind to where it belongs, as it was to be delivered, and removes it', async () => {
    const { bucket, delivered, run } = await deployment(lakeParcel('events'), busParcel, rawParcel, archiveParcel);
    expect(await run()).toEqual({ drained: 4, lines: 4, waiting: 0, stuck: 0, oldest_seconds: 0 });
    const entry = { EventBusName: 'bus-physical', Source: 'oneriver.stitch', DetailType: 'Campaign Triggered' };
    expect(delivered.toSorted()).toEqual([
      'archive \x03\xfe',
      `bus ${JSON.stringify([{ ...entry, Detail: '{"id":"t1"}' }])}`,
      `oneriver-events ${ROW}\n`,
      'raw-url AQL/',
    ]);
    expect(bucket.keys()).toEqual([]);
  });

  it('keeps a raw record that is too large for a message beside the queue', async () => {
    const data = Buffer.alloc(250_000, 7);
    const { bucket, delivered, run } = await deployment({ ...rawParcel, lines: [rawLine(data)] });
    expect(await run()).toMatchObject({ drained: 1, lines: 1 });
    const [key = ''] = bucket.keys();
    expect(bucket.objects.get(key)?.body.equals(data)).toBe(true);
    expect(delivered).toEqual([`raw-url ${JSON.stringify({ kept: key })}`]);
  });

  it('waits with the archive alone where only that is down', async () => {
    const { bucket, down, delivered, run } = await deployment(rawParcel, archiveParcel);
    down.add('archive');
    expect(await run()).toMatchObject({ drained: 1, waiting: 1, stuck: 0 });
    expect(delivered).toEqual(['raw-url AQL/']);
    expect(bucket.keys()).toEqual([expect.stringMatching(/^spill\/archive\/raw\//)]);
  });

  it('leaves what its target does not take yet, says how old it is, and goes on with the rest', async () => {
    const { bucket, down, delivered, run } = await deployment(lakeParcel('events'), lakeParcel('audit'), busParcel);
    down.add('oneriver-events');
    expect(await run()).toEqual({ drained: 2, lines: 2, waiting: 1, stuck: 0, oldest_seconds: 180 });
    expect(bucket.keys()).toEqual([expect.stringMatching(/^spill\/lake\/events\//)]);
    down.clear();
    expect(await run()).toMatchObject({ drained: 1, waiting: 0, oldest_seconds: 0 });
    expect(delivered).toHaveLength(3);
  });

  it('does not try a target again that has just been down', async () => {
    const many = Array.from({ length: 40 }, (_, index) => lakeParcel('events', `{"n":${index}}`));
    const { bucket, down, faults, run } = await deployment(...many);
    down.add('oneriver-events');
    expect(await run()).toMatchObject({ drained: 0, waiting: 40 });
    expect(faults.length).toBeLessThanOrEqual(4);
    expect(bucket.calls.filter(({ command }) => command === 'GetObject').length).toBeLessThanOrEqual(4);
  });

  it('names an object that it cannot read, and leaves it where it is', async () => {
    const { bucket, faults, run } = await deployment(busParcel);
    bucket.objects.set('spill/lake/events/torn', { body: Buffer.from('torn'), modified: 0 });
    expect(await run()).toMatchObject({ drained: 1, stuck: 1, waiting: 0 });
    expect(faults).toEqual(['spill/lake/events/torn']);
    expect(bucket.keys()).toEqual(['spill/lake/events/torn']);
  });

  it('delivers again what it could not remove: at least once, never less', async () => {
    const { bucket, delivered, run } = await deployment(lakeParcel('events'));
    bucket.failing = ({ command }) =>
      command === 'DeleteObject' ? Object.assign(new Error('no'), { $fault: 'server' }) : undefined;
    expect(await run()).toMatchObject({ drained: 0, waiting: 1 });
    bucket.failing = () => undefined;
    expect(await run()).toMatchObject({ drained: 1 });
    expect(delivered).toHaveLength(2);
  });

  it('takes what another run has removed meanwhile for done', async () => {
    const { bucket, faults, run } = await deployment(lakeParcel('events'));
    bucket.failing = ({ command }) => {
      if (command === 'GetObject') bucket.objects.clear();
      return undefined;
    };
    expect(await run()).toMatchObject({ drained: 1, lines: 0 });
    expect(faults).toEqual([]);
  });

  it('begins nothing after its time, and goes on where it stopped', async () => {
    const many = Array.from({ length: 9 }, (_, index) => lakeParcel('events', `{"n":${index}}`));
    const { bucket, run } = await deployment(...many);
    bucket.page = 2;
    expect(await run(0)).toMatchObject({ drained: 0, waiting: 2 });
    expect(await run()).toMatchObject({ drained: 9 });
  });
});
