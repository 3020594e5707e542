import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { DeliveryOptions } from '../shared/aws-batch.ts';
import { KinesisRecords, type StreamEntry } from '../shared/kinesis-records.ts';
import type { StreamName } from '../shared/topology-settings.ts';
import type { StreamRange } from './failed-batch.ts';
import type { River } from './failed-batches.ts';
import { readRange } from './stream-range.ts';

/** Physical streams by what is on them (the same one twice, where they share it), and the functions that read each. */
export interface RiverNames {
  readonly streams: Readonly<Record<StreamName, string>>;
  readonly readers: Readonly<Record<StreamName, string | undefined>>;
}

/** The deployment's streams on Kinesis. */
export class KinesisRiver implements River {
  readonly #client: KinesisClient;
  readonly #names: RiverNames;
  readonly #delivery: DeliveryOptions | undefined;

  constructor(client: KinesisClient, names: RiverNames, delivery?: DeliveryOptions) {
    this.#client = client;
    this.#names = names;
    this.#delivery = delivery;
  }

  put(stream: StreamName, entries: readonly StreamEntry[]): Promise<void> {
    return new KinesisRecords(this.#client, this.#names.streams[stream], this.#delivery).put(entries);
  }

  read(range: StreamRange): Promise<StreamEntry[]> {
    return readRange(this.#client, range);
  }

  consumes(functionName: string): StreamName | undefined {
    const { raw, clean } = this.#names.readers;
    if (functionName === raw) return 'raw';
    return functionName === clean ? 'clean' : undefined;
  }
}
