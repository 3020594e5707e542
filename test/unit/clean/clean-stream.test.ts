import { KinesisClient } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { bucketOf, KinesisCleanStream, packEvents } from '../../../functions/clean/clean-stream.ts';
import { decodeEvents } from '../../../functions/shared/stream-codec.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { type Answer, countedDelivery, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const event = (owner: string, event_id: string, filler = ''): CleanEvent => ({
  schema: 'clean-event/1',
  event_id,
  body_hash: 'h',
  type: 'track',
  name: 'Product Viewed',
  channel: 'web',
  source_id: 'web',
  verified: false,
  occurred_at: '2026-01-01T00:00:00.000Z',
  received_at: '2026-01-01T00:00:00.000Z',
  local_date: '2026-01-01',
  time_zone: 'UTC',
  time_zone_known: true,
  owner,
  identifiers: [{ type: 'anonymous_id', value: owner }],
  properties: filler ? { filler } : {},
  traits: {},
  context: {},
  consent: {},
  mapping_version: 1,
  flags: [],
});
const GROUPING = { owner_buckets: 4, record_bytes: 5_000 };

function stream(answers: Answer[]) {
  const client = new KinesisClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const { options } = countedDelivery(2);
  return { calls, stream: new KinesisCleanStream(client, 'clean', { ...GROUPING, ...options }) };
}
const keys = (input: Record<string, unknown>) =>
  (input.Records as { PartitionKey: string }[]).map(({ PartitionKey }) => PartitionKey);

describe('packEvents', () => {
  const events = Array.from({ length: 100 }, (_, index) => event(`owner-${index % 7}`, `e${index}`));
  const packed = packEvents(events, GROUPING);

  it('loses and doubles nothing', () => {
    const ids = packed.flatMap(({ Data }) => decodeEvents(Data).map(({ event_id }) => event_id));
    expect(ids.toSorted()).toEqual(events.map(({ event_id }) => event_id).toSorted());
  });

  it('keeps an owner under one key and its events in order', () => {
    for (const owner of new Set(events.map((one) => one.owner))) {
      const own = packed.flatMap(({ PartitionKey, Data }) =>
        decodeEvents(Data).flatMap((one) => (one.owner === owner ? [{ key: PartitionKey, id: one.event_id }] : [])),
      );
      expect(new Set(own.map(({ key }) => key))).toEqual(new Set([bucketOf(owner, GROUPING.owner_buckets)]));
      expect(own.map(({ id }) => id)).toEqual(events.filter((one) => one.owner === owner).map((one) => one.event_id));
    }
  });

  it('makes far fewer records than events', () => {
    expect(packed.length).toBeLessThan(20);
  });

  it('gives an event over the aim a record of its own', () => {
    const big = packEvents([event('a', '1'), event('a', '2', 'x'.repeat(9_000)), event('a', '3')], GROUPING);
    expect(big.map(({ Data }) => decodeEvents(Data).map(({ event_id }) => event_id))).toEqual([['1'], ['2'], ['3']]);
  });
});

describe('KinesisCleanStream', () => {
  const owners = ['a', 'b', 'c', 'd', 'e'];
  const events = owners.map((owner) => event(owner, `e-${owner}`));
  const all = packEvents(events, GROUPING).map(({ PartitionKey }) => PartitionKey);

  it('sends again only the records that were refused', async () => {
    const Records = all.map((_, index) => (index === 1 ? { ErrorCode: 'Throttled' } : { SequenceNumber: `${index}` }));
    const done = stream([{ FailedRecordCount: 1, Records }, { FailedRecordCount: 0 }]);
    await done.stream.put(events);
    expect(done.calls.map(({ command, input }) => [command, input.StreamName, keys(input)])).toEqual([
      ['PutRecords', 'clean', all],
      ['PutRecords', 'clean', [all[1]]],
    ]);
  });

  it('throws when a record is refused to the end', async () => {
    const one = { FailedRecordCount: 1, Records: [{ ErrorCode: 'InternalFailure' }] };
    await expect(stream([one, one]).stream.put([event('a', '1')])).rejects.toThrow('InternalFailure');
  });

  it('asks nobody for no events', async () => {
    const done = stream([]);
    await done.stream.put([]);
    expect(done.calls).toEqual([]);
  });
});
