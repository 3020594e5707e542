import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';

/** A record of a shard as Lambda hands it over. Sequence numbers grow with the index. */
export const shardRecord = (data: Uint8Array, index: number, partitionKey = 'owner-1'): KinesisStreamRecord => ({
  kinesis: {
    data: Buffer.from(data).toString('base64'),
    sequenceNumber: String(49_590_000_000 + index),
    approximateArrivalTimestamp: 1_767_225_600 + index,
    partitionKey,
    kinesisSchemaVersion: '1.0',
  },
  awsRegion: 'eu-central-1',
  eventID: `shardId-000000000000:${49_590_000_000 + index}`,
  eventName: 'aws:kinesis:record',
  eventSource: 'aws:kinesis',
  eventSourceARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/river',
  eventVersion: '1.0',
  invokeIdentityArn: 'arn:aws:iam::123456789012:role/reader',
});

type Handler = (event: KinesisStreamEvent) => Promise<KinesisStreamBatchResponse>;

/** A batch that was given up on: what the on-failure destination gets. */
export interface GivenUp {
  readonly records: readonly KinesisStreamRecord[];
}

/**
 * Reads a shard as an event source mapping with ReportBatchItemFailures and BisectBatchOnFunctionError does: a batch that fails
 * from a record on is taken up again from there; one that fails whole is halved, which costs no retry; what is left of a batch
 * whose retries are used up is given up on, and reading goes on after it.
 */
export async function readShard(
  records: readonly KinesisStreamRecord[],
  handler: Handler,
  { batchSize = 100, retries = 3 }: { batchSize?: number; retries?: number } = {},
): Promise<GivenUp[]> {
  const givenUp: GivenUp[] = [];
  const take = async (batch: readonly KinesisStreamRecord[], left: number): Promise<void> => {
    const answer = await handler({ Records: [...batch] }).catch(() => undefined);
    const [failure] = answer?.batchItemFailures ?? [];
    if (answer && !failure) return;
    const from = failure ? batch.findIndex(({ kinesis }) => kinesis.sequenceNumber === failure.itemIdentifier) : 0;
    const open = batch.slice(Math.max(0, from));
    if (!answer && open.length > 1) {
      await take(open.slice(0, open.length >> 1), left);
      await take(open.slice(open.length >> 1), left);
    } else if (left > 0) await take(open, left - 1);
    else givenUp.push({ records: open });
  };
  for (let at = 0; at < records.length; at += batchSize) await take(records.slice(at, at + batchSize), retries);
  return givenUp;
}
