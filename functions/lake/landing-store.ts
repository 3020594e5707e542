import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { LakeTableName } from '../../schemas/lake.ts';
import { PARTITION_COLUMN } from './column-types.ts';
import type { LandedFile, LandingStore } from './landing.ts';
import { landedPrefix, mergedKey, undeliveredPrefix } from './prefixes.ts';

/** S3 lists, and deletes, a thousand at once. */
const PAGE = 1_000;
/** Most pages of one listing: ten times the files that a stream can write in a day. */
const MAX_PAGES = 20;

/** The landing area as it lies in the bucket. */
export class S3LandingStore implements LandingStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async days(table: LakeTableName): Promise<readonly string[]> {
    const day = new RegExp(`${PARTITION_COLUMN.name}=(\\d{4}-\\d{2}-\\d{2})/$`);
    const found: string[] = [];
    for await (const page of this.#pages({ Prefix: landedPrefix(table), Delimiter: '/' })) {
      found.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix = '' }) => day.exec(Prefix)?.[1] ?? []));
    }
    return found;
  }

  async files(table: LakeTableName, day: string): Promise<readonly LandedFile[]> {
    const found: LandedFile[] = [];
    for await (const page of this.#pages({ Prefix: landedPrefix(table, day) })) {
      found.push(...(page.Contents ?? []).flatMap(({ Key, Size }) => (Key ? [{ key: Key, bytes: Size ?? 0 }] : [])));
    }
    return found;
  }

  async merged(table: LakeTableName, day: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#client.send(
        new GetObjectCommand({ Bucket: this.#bucket, Key: mergedKey(table, day) }),
      );
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  async markMerged(table: LakeTableName, day: string, fingerprint: string): Promise<void> {
    const Key = mergedKey(table, day);
    await this.#client.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body: fingerprint }));
  }

  /** @throws when S3 could not delete some; they stay, and the next run tries again. */
  async remove(files: readonly LandedFile[]): Promise<void> {
    for (let from = 0; from < files.length; from += PAGE) {
      const Objects = files.slice(from, from + PAGE).map(({ key }) => ({ Key: key }));
      const { Errors = [] } = await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
      );
      if (Errors.length > 0) {
        throw new Error(`S3 did not delete ${Errors.length} landed files: ${Errors[0]?.Code ?? 'no code'}.`);
      }
    }
  }

  async undelivered(table: LakeTableName): Promise<number> {
    const { KeyCount = 0 } = await this.#client.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: undeliveredPrefix(table), MaxKeys: PAGE }),
    );
    return KeyCount;
  }

  async *#pages(of: { readonly Prefix: string; readonly Delimiter?: string }) {
    let ContinuationToken: string | undefined;
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const found = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, ...of, MaxKeys: PAGE, ContinuationToken }),
      );
      yield found;
      ContinuationToken = found.NextContinuationToken;
      if (!ContinuationToken) return;
    }
    throw new Error(`More than ${MAX_PAGES * PAGE} files lie under ${of.Prefix}; merge them by hand, see the runbook.`);
  }
}
