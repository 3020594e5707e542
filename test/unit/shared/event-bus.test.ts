import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { EventBridgeBus } from '../../../functions/shared/event-bus.ts';
import { type Answer, countedDelivery, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const event = (id: string) => ({ detail_type: 'Campaign Triggered', id, detail: { campaign: 'c' } });
const entry = (id: string) => ({
  EventBusName: 'bus',
  Source: 'oneriver.stitch',
  DetailType: 'Campaign Triggered',
  Detail: JSON.stringify({ campaign: 'c', id }),
});

function bus(answers: Answer[]) {
  const client = new EventBridgeClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const { waits, options } = countedDelivery(2);
  return {
    calls,
    waits,
    bus: new EventBridgeBus(client, { bus: 'bus', source: 'oneriver.stitch' }, { delivery: options }),
  };
}

describe('EventBridgeBus', () => {
  it('publishes ten at a time', async () => {
    const done = bus([{ FailedEntryCount: 0 }, { FailedEntryCount: 0 }]);
    const ids = Array.from({ length: 12 }, (_, index) => `t${index}`);
    await done.bus.publish(ids.map(event));
    expect(done.calls).toEqual([
      { command: 'PutEvents', input: { Entries: ids.slice(0, 10).map(entry) } },
      { command: 'PutEvents', input: { Entries: ids.slice(10).map(entry) } },
    ]);
  });

  it('publishes again only what was refused', async () => {
    const done = bus([
      { FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }] },
      { FailedEntryCount: 0, Entries: [{ EventId: '2' }] },
    ]);
    await done.bus.publish([event('a'), event('b')]);
    expect(done.calls).toEqual([
      { command: 'PutEvents', input: { Entries: [entry('a'), entry('b')] } },
      { command: 'PutEvents', input: { Entries: [entry('b')] } },
    ]);
    expect(done.waits).toEqual([100]);
  });

  it('throws when an entry is refused to the end, so that the batch comes again', async () => {
    const refusal = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] };
    await expect(bus([refusal, refusal]).bus.publish([event('a')])).rejects.toThrow('InternalFailure');
  });
});
