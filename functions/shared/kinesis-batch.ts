import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { faultOf } from './safe-error.ts';

/** A record as it came out of the stream. */
export interface StreamRecord {
  readonly bytes: Uint8Array;
  /** When the stream took it, ISO 8601 UTC. */
  readonly arrived_at: string;
}

/** What the log says of a failed record: enough to find it, nothing of what is in it. */
export interface BatchFault {
  readonly sequence_number: string | undefined;
  readonly records: number;
  readonly error: unknown;
}

/**
 * Takes a batch of stream records: all at once, and when that fails one by one, to find the record at fault. The answer
 * names the first record that failed, by its sequence number; Lambda delivers from there again. Whatever came before it
 * is done; nothing after it is skipped. Work must be idempotent.
 * @throws the error when already the first of several records fails: Lambda then halves the batch, so that the bad
 *   record ends up alone and its neighbours do not wait for its retries.
 */
export async function takeBatch(
  event: KinesisStreamEvent,
  work: (records: readonly StreamRecord[]) => Promise<void>,
  onFault: (fault: BatchFault) => void,
): Promise<KinesisStreamBatchResponse> {
  const records = event.Records.map(({ kinesis }) => ({
    bytes: Buffer.from(kinesis.data, 'base64'),
    arrived_at: new Date(kinesis.approximateArrivalTimestamp * 1000).toISOString(),
  }));
  const sequenceOf = (index: number) => event.Records[index]?.kinesis.sequenceNumber;
  try {
    await work(records);
    return { batchItemFailures: [] };
  } catch (error) {
    onFault({ sequence_number: sequenceOf(0), records: records.length, error });
  }
  for (const [index, record] of records.entries()) {
    try {
      await work([record]);
    } catch (error) {
      const sequence = sequenceOf(index);
      onFault({ sequence_number: sequence, records: 1, error });
      if (sequence === undefined || (index === 0 && records.length > 1)) throw error;
      return { batchItemFailures: [{ itemIdentifier: sequence }] };
    }
  }
  return { batchItemFailures: [] };
}

/** Writes a fault to the log, with nothing in it of what the records hold. */
export const logFault = ({ sequence_number, records, error }: BatchFault): void =>
  console.error({ fault: 'stream records failed', sequence_number, records, ...faultOf(error) });
