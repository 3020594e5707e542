import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { FileBytes } from './file-bytes.ts';

/** Files are dropped under the first, into a folder for each source; only who deploys writes the second, and only import the third. */
export const LANDING_PREFIXES = { incoming: 'incoming/', settings: 'settings/', reports: 'reports/' } as const;

/** What is asked of S3 at once: an answer that nobody reads for a while is cut off. */
const RANGE_BYTES = 8 * 1024 * 1024;

/** The landing bucket. */
export class LandingBucket {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** An object as it is now; undefined where it is gone. Reading fails when it is replaced meanwhile. */
  async file(key: string): Promise<FileBytes | undefined> {
    const at = { Bucket: this.#bucket, Key: key };
    const head = await this.#client.send(new HeadObjectCommand(at)).catch((error: unknown) => {
      if (error instanceof NotFound || error instanceof NoSuchKey) return undefined;
      throw error;
    });
    if (!head) return undefined;
    const size = head.ContentLength ?? 0;
    const read = async (offset: number, length: number): Promise<Buffer> => {
      const end = Math.min(size, offset + length);
      if (end <= offset) return Buffer.alloc(0);
      const range = { ...at, Range: `bytes=${offset}-${end - 1}`, IfMatch: head.ETag };
      const { Body } = await this.#client.send(new GetObjectCommand(range));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    };
    return {
      name: key.slice(key.lastIndexOf('/') + 1),
      size,
      read,
      stream: (from, to) => ranges(read, from ?? 0, to ?? size),
    };
  }

  /** The text of a small object; undefined where there is none. */
  async text(key: string): Promise<string | undefined> {
    const file = await this.file(key);
    return file && (await file.read(0, RANGE_BYTES)).toString('utf8');
  }

  async put(key: string, text: string): Promise<void> {
    const object = { Bucket: this.#bucket, Key: key, Body: text, ContentType: 'application/json' };
    await this.#client.send(new PutObjectCommand(object));
  }
}

async function* ranges(
  read: (offset: number, length: number) => Promise<Buffer>,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array, void> {
  for (let at = from; at < to; at += RANGE_BYTES) yield await read(at, Math.min(RANGE_BYTES, to - at));
}
