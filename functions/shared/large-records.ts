import { hash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** Records that are too large for a message lie under it, in the failures bucket, for longer than any message lives. */
export const LARGE_PREFIX = 'large/';

/** Where records are put that do not fit into a message. */
export interface LargeRecords {
  /** Resolves with the record's key once it is durable. The same record has the same key. */
  keep(data: Uint8Array): Promise<string>;
}

/** Large records on S3. */
export class S3LargeRecords implements LargeRecords {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async keep(data: Uint8Array): Promise<string> {
    const key = `${LARGE_PREFIX}${hash('sha256', data)}`;
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: Uint8Array.from(data) }));
    return key;
  }

  /** @throws what S3 throws; RangeError for a key that `keep` does not make: a message must not say what else to read. */
  async read(key: string): Promise<Uint8Array> {
    if (!/^large\/[0-9a-f]{64}$/.test(key))
      throw new RangeError('A message points at an object that is no large record.');
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    if (Body === undefined) throw new RangeError('A large record has no content.');
    return await Body.transformToByteArray();
  }
}
