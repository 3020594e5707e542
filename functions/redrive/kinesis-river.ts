import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { DeliveryOptions } from '../shared/aws-batch.ts';
import { KinesisRecords, type StreamEntry } from '../shared/kinesis-records.ts';
import type { StreamRange } from './failed-batch.ts';
import type { River } from './failed-batches.ts';
import { readRange } from './stream-range.ts';

/** The deployment's clean stream on Kinesis. */
export class KinesisRiver implements River {
  readonly #client: KinesisClient;
  readonly #records: KinesisRecords;

  constructor(client: KinesisClient, stream: string, delivery?: DeliveryOptions) {
    this.#client = client;
    this.#records = new KinesisRecords(client, stream, delivery);
  }

  put(entries: readonly StreamEntry[]): Promise<void> {
    return this.#records.put(entries);
  }

  read(range: StreamRange): Promise<StreamEntry[]> {
    return readRange(this.#client, range);
  }
}
