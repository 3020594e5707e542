import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from './seams.ts';
import { type Parcel, type Spill, spillObjects } from './spill.ts';

export interface S3SpillOptions {
  readonly bucket: string;
  /** The stage that spills. */
  readonly by: string;
  readonly clock: Clock;
  /** Told of each parcel once it is durable. */
  readonly onSpill: (parcel: Parcel) => void;
}

/** Spilled objects in the failures bucket. */
export class S3Spill implements Spill {
  readonly #client: S3Client;
  readonly #options: S3SpillOptions;

  constructor(client: S3Client, options: S3SpillOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** @throws what S3 throws; what was written before that stays, and is written over when the batch comes again. */
  async put(parcel: Parcel): Promise<void> {
    const { bucket, by, clock, onSpill } = this.#options;
    const at = new Date(clock.now()).toISOString();
    for (const { key, body } of spillObjects(parcel, { by, at })) {
      await this.#client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    }
    onSpill(parcel);
  }
}
