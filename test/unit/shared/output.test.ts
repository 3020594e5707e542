import { FirehoseClient, ServiceUnavailableException } from '@aws-sdk/client-firehose';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../../functions/shared/aws-batch.ts';
import { Breaker } from '../../../functions/shared/breaker.ts';
import { FirehoseLake } from '../../../functions/shared/firehose-lake.ts';
import type { Parcel } from '../../../functions/shared/spill.ts';
import { type Answer, answerCalls, countedDelivery, OFFLINE } from '../../support/recording-client.ts';

const row = (owner: string) => ({ owner, one_id: 'p', shared: false, valid_from: '2026-01-31T08:00:00.000Z', seq: 1 });
const busy = { FailedPutCount: 1, RequestResponses: [{ ErrorCode: 'ServiceUnavailableException' }] };
const down = new ServiceUnavailableException({ message: 'down', $metadata: {} });
const failing = (name: string, extra: object) => Object.assign(new Error(name), { name, ...extra });

/** A lake whose service answers as told, with a spill and a clock. */
function lake(answer: () => Answer, withSpill = true) {
  const client = new FirehoseClient(OFFLINE);
  const calls = answerCalls(client, answer);
  const { waits, options: delivery } = countedDelivery(3);
  const clock = { now: () => state.now };
  const state = { now: 0, spillFails: false };
  const spilled: Parcel[] = [];
  const to = {
    put: async (parcel: Parcel) => {
      if (state.spillFails) throw new Error('no bucket');
      spilled.push(parcel);
    },
  };
  const spill = { to, breaker: new Breaker(clock) };
  const sink = new FirehoseLake(client, 'oneriver', withSpill ? { delivery, spill } : { delivery });
  return { sink, calls, waits, spilled, state };
}

describe('what the service does not take', () => {
  it.each([
    ['entries that are refused each time', busy, 3],
    ['a service that is down', down, 3],
    ['a network that is down', failing('Error', { code: 'ECONNREFUSED' }), 3],
    ['an answer that does not come in time, which the SDK has waited for twice', failing('TimeoutError', {}), 1],
    ['a throttled call', failing('ThrottlingException', { $fault: 'client', $metadata: {} }), 3],
    ['a missing permission, at once', failing('AccessDeniedException', { $fault: 'client', $metadata: {} }), 1],
    ['a missing stream, at once', failing('ResourceNotFoundException', { $fault: 'client', $metadata: {} }), 1],
  ])('is spilled: %s', async (_, answer, attempts) => {
    const { sink, calls, spilled } = lake(() => answer);
    await sink.put('identity_map', [row('a')]);
    expect(calls).toHaveLength(attempts);
    expect(spilled).toEqual([
      {
        kind: 'lake',
        target: 'identity_map',
        why: expect.stringMatching(/Exception|ECONNREFUSED|TimeoutError/),
        lines: ['{"owner":"a","one_id":"p","shared":false,"valid_from":"2026-01-31 08:00:00.000","seq":1}'],
      },
    ]);
  });

  it.each([
    ['content that it will never take', failing('InvalidArgumentException', { $fault: 'client', $metadata: {} })],
    ['a defect of ours', new TypeError('cannot read')],
  ])('is not spilled: %s', async (_, error) => {
    const { sink, calls, spilled } = lake(() => error);
    await expect(sink.put('identity_map', [row('a')])).rejects.toThrow(error);
    expect({ calls: calls.length, spilled }).toEqual({ calls: 1, spilled: [] });
  });

  it('is only what was refused: the rest is there already', async () => {
    const big = ['a', 'b', 'c'].map((owner) => ({ ...row(owner), one_id: 'x'.repeat(600_000) }));
    const refused = (_: unknown, index: number) => (index % 2 === 0 ? { ErrorCode: 'Busy' } : { RecordId: '1' });
    let left = 3;
    const { sink, spilled } = lake(() => {
      const RequestResponses = Array.from({ length: left }, refused);
      left = RequestResponses.filter((reply) => 'ErrorCode' in reply).length;
      return { FailedPutCount: left, RequestResponses };
    });
    await sink.put('identity_map', big);
    expect(spilled.flatMap(({ lines }) => lines.map((line) => JSON.parse(line).owner))).toEqual(['a']);
  });

  it('fails the batch where it may not be late', async () => {
    const { sink } = lake(() => busy, false);
    await expect(sink.put('identity_map', [row('a')])).rejects.toThrow(DeliveryError);
  });

  it('fails the batch when it cannot be spilled either', async () => {
    const { sink, state } = lake(() => busy);
    state.spillFails = true;
    await expect(sink.put('identity_map', [row('a')])).rejects.toThrow('no bucket');
  });
});

describe('while a target is down', () => {
  it('it is left alone, until ten seconds are over', async () => {
    let answer: Answer = busy;
    const { sink, calls, spilled, state } = lake(() => answer);
    const attempts = async () => {
      const before = calls.length;
      await sink.put('identity_map', [row('a')]);
      return calls.length - before;
    };
    expect(await attempts()).toBe(3);
    expect(await attempts()).toBe(0);
    expect(spilled.map(({ why, lines }) => [why, lines.length])).toEqual([
      ['ServiceUnavailableException', 1],
      ['breaker open', 1],
    ]);
    state.now = 10_001;
    answer = { FailedPutCount: 0 };
    expect(await attempts()).toBe(1);
    expect(await attempts()).toBe(1);
    answer = busy;
    expect(await attempts()).toBe(3);
  });

  it('other targets have all their attempts', async () => {
    const { sink, calls } = lake(() => busy);
    await sink.put('identity_map', [row('a')]);
    await sink.put('audit', [{ audit_id: 'a' }]);
    expect(calls).toHaveLength(6);
  });
});
