import {
  type KinesisClient,
  KMSThrottlingException,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis';
import { type RawStream, StreamOverloaded } from './seams.ts';
import { pack } from './stream-codec.ts';
import { rawKey } from './stream-kind.ts';

/** What a client should wait when the stream is full: shards recover within the second, resharding takes longer. */
const RETRY_AFTER_SECONDS = 2;

const isThrottle = (error: unknown): boolean =>
  error instanceof ProvisionedThroughputExceededException ||
  error instanceof KMSThrottlingException ||
  error instanceof LimitExceededException;

/** The raw stream on Kinesis. A put resolves when three availability zones have the record. */
export class KinesisRawStream implements RawStream {
  readonly #client: KinesisClient;
  readonly #stream: string;
  readonly #gzipFromBytes: number;

  constructor(client: KinesisClient, stream: string, gzipFromBytes: number) {
    this.#client = client;
    this.#stream = stream;
    this.#gzipFromBytes = gzipFromBytes;
  }

  async put(record: Uint8Array, partitionKey: string): Promise<void> {
    const Data = pack(record, this.#gzipFromBytes);
    try {
      await this.#client.send(
        new PutRecordCommand({
          StreamName: this.#stream,
          PartitionKey: rawKey(partitionKey),
          Data: Uint8Array.from(Data),
        }),
      );
    } catch (error) {
      if (isThrottle(error)) throw new StreamOverloaded(RETRY_AFTER_SECONDS);
      throw error;
    }
  }
}
