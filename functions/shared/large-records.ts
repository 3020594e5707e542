import { hash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { largeKey } from './raw-message.ts';

export { LARGE_PREFIX } from './raw-message.ts';

/** Where records are put that do not fit into a message. */
export interface LargeRecords {
  /** Resolves with the record's key once it is durable. The same record has the same key. */
  keep(data: Uint8Array): Promise<string>;
}

/** An object is not what its key says it is. */
export class ChangedRecordError extends Error {
  override name = 'ChangedRecordError';
}

/** Large records on S3. */
export class S3LargeRecords implements LargeRecords {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** What is kept already is written over: it then lies there for as long again. */
  async keep(data: Uint8Array): Promise<string> {
    const key = largeKey(hash('sha256', data));
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: data }));
    return key;
  }

  /** @param key as `readMessage` gives it. @throws what S3 throws; ChangedRecordError when it is not what was kept under the key */
  async read(key: string): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
    const data = await Body?.transformToByteArray();
    if (data === undefined || largeKey(hash('sha256', data)) !== key) {
      throw new ChangedRecordError(
        `${key} is not the record that was kept there. Find out who writes to the bucket besides the collector.`,
      );
    }
    return data;
  }
}
