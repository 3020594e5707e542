import { gzipSync } from 'node:zlib';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { describe, expect, it } from 'vitest';
import { Breaker } from '../../../functions/shared/breaker.ts';
import { FirehoseArchive } from '../../../functions/shared/firehose-archive.ts';
import { readArchive } from '../../../functions/shared/raw-archive.ts';
import { MAX_PACKED_BYTES } from '../../../functions/shared/raw-message.ts';
import type { Parcel } from '../../../functions/shared/spill.ts';
import { pack } from '../../../functions/shared/stream-codec.ts';
import { rawRecord } from '../../support/ingest.ts';
import {
  answerCalls,
  countedDelivery,
  OFFLINE,
  type RecordedCall,
  type Service,
} from '../../support/recording-client.ts';

const WELL = { FailedPutCount: 0 };

function archive(service: Service = () => WELL, { withSpill = true } = {}) {
  const client = new FirehoseClient(OFFLINE);
  const calls = answerCalls(client, service);
  const spilled: Parcel[] = [];
  const spill = {
    to: { put: async (parcel: Parcel) => void spilled.push(parcel) },
    breaker: new Breaker({ now: () => 0 }),
  };
  const { options: delivery, waits } = countedDelivery();
  const sink = new FirehoseArchive(client, 'oneriver-raw', { delivery, ...(withSpill && { spill }) });
  return { sink, calls, spilled, waits };
}
const dataOf = ({ input }: RecordedCall): Buffer[] =>
  (input.Records as { Data: Uint8Array }[]).map(({ Data }) => Buffer.from(Data));
/** What Firehose writes of it. */
const written = (calls: readonly RecordedCall[]): Buffer[] => [
  ...readArchive(gzipSync(Buffer.concat(calls.flatMap(dataOf)))),
];
const records = Array.from({ length: 40 }, (_, n) =>
  Buffer.from(pack(rawRecord('batch', { batch: [{ n, text: 'x'.repeat(n * 50) }] }), 1_000)),
);

describe('the archive', () => {
  it('puts many raw records into one of its own, and each can be told from the next', async () => {
    const { sink, calls } = archive();
    await sink.put(records);
    expect(calls.map(({ command, input }) => [command, input.DeliveryStreamName])).toEqual([
      ['PutRecordBatch', 'oneriver-raw'],
    ]);
    expect(calls.flatMap(dataOf)).toHaveLength(1);
    expect(written(calls)).toEqual(records);
  });

  it('takes the largest record that the queue lets in, and keeps to the limits of a record and of a call', async () => {
    const { sink, calls } = archive();
    const largest = Buffer.alloc(MAX_PACKED_BYTES, 1);
    await sink.put([...Array(5).fill(largest), Buffer.alloc(1)]);
    const sizes = calls.map((call) => dataOf(call).map(({ byteLength }) => byteLength));
    expect(Math.max(...sizes.flat())).toBe(1_000 * 1_024);
    for (const call of sizes) expect(call.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(sizes.flat().reduce((sum, size) => sum + size)).toBe(5 * MAX_PACKED_BYTES + 1);
  });

  it('asks for nothing when there is nothing to keep', async () => {
    const { sink, calls } = archive();
    await sink.put([]);
    expect(calls).toEqual([]);
  });

  it('sends again only what was refused', async () => {
    const answers = [
      { FailedPutCount: 1, RequestResponses: [{ RecordId: '1' }, { ErrorCode: 'ServiceUnavailableException' }] },
      WELL,
    ];
    const { sink, calls, waits } = archive(() => answers.shift() ?? WELL);
    const [a, b] = [Buffer.alloc(600_000, 1), Buffer.alloc(600_000, 2)];
    await sink.put([a, b]);
    expect([calls.map(dataOf), waits]).toEqual([[[a, b], [b]], [100]]);
  });

  const down = Object.assign(new Error('down'), {
    name: 'ServiceUnavailableException',
    $fault: 'server',
    $metadata: {},
  });

  it('spills what is not taken, and what was spilled is delivered later as it was', async () => {
    const { sink, spilled } = archive(() => down);
    await sink.put(records);
    expect(spilled.map(({ kind, target, why }) => [kind, target, why])).toEqual([
      ['archive', 'raw', 'ServiceUnavailableException'],
    ]);
    const later = archive();
    await later.sink.putLines(spilled.flatMap(({ lines }) => lines));
    expect(written(later.calls)).toEqual(records);
  });

  it('says so when records are in neither place', async () => {
    const { sink } = archive(() => down, { withSpill: false });
    await expect(sink.put(records)).rejects.toThrow('ServiceUnavailableException');
  });
});
