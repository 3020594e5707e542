import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  InvalidArgumentException,
  type KinesisClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-kinesis';
import type { StreamEntry } from '../shared/kinesis-records.ts';
import type { StreamRange } from './failed-batch.ts';

/** Pages that a range may take; a batch is at most 6 MB and a page 10 MB, but pages may be empty. */
const MAX_PAGES = 100;

/** The stream does not have these records any more. */
export class RecordsExpired extends Error {
  override name = 'RecordsExpired';
}

/**
 * Reads records from the stream again, by where they lay.
 * @throws RecordsExpired when the stream no longer keeps all of them.
 */
export async function readRange(client: KinesisClient, range: StreamRange): Promise<StreamEntry[]> {
  const { stream_arn, shard, first, last } = range;
  const entries: StreamEntry[] = [];
  try {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({
        StreamARN: stream_arn,
        ShardId: shard,
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        StartingSequenceNumber: first,
      }),
    );
    let iterator = ShardIterator;
    for (let page = 0; page < MAX_PAGES && iterator !== undefined; page += 1) {
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ StreamARN: stream_arn, ShardIterator: iterator }),
      );
      for (const { SequenceNumber = '0', PartitionKey = '', Data = new Uint8Array() } of Records) {
        if (entries.length === 0 && SequenceNumber !== first) throw expired(range);
        if (BigInt(SequenceNumber) > BigInt(last)) return entries;
        entries.push({ PartitionKey, Data });
        if (SequenceNumber === last) return entries;
      }
      iterator = NextShardIterator;
    }
  } catch (error) {
    const isGone =
      error instanceof InvalidArgumentException ||
      error instanceof ResourceNotFoundException ||
      error instanceof ExpiredIteratorException;
    if (isGone) throw expired(range);
    throw error;
  }
  throw expired(range);
}

const expired = ({ shard, first }: StreamRange): RecordsExpired =>
  new RecordsExpired(`The stream does not keep record ${first} of ${shard} any more.`);
