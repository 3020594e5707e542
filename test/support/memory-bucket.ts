import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { type Answer, answerCalls, OFFLINE, type RecordedCall } from './recording-client.ts';

interface Stored {
  readonly body: Buffer;
  readonly modified: number;
}

/** A bucket in memory behind a real S3 client: put, get, list in pages and delete, as S3 does them. */
export class MemoryBucket {
  readonly client = new S3Client(OFFLINE);
  readonly objects = new Map<string, Stored>();
  readonly calls: RecordedCall[];
  /** Set to make calls fail; asked before each one. */
  failing: (call: RecordedCall) => Error | undefined = () => undefined;
  /** Time of what is stored, epoch ms. */
  now = Date.parse('2026-01-01T00:00:00.000Z');
  /** Keys in one page of a listing. */
  page = 1_000;

  constructor() {
    this.calls = answerCalls(this.client, (call) => this.failing(call) ?? this.#answer(call));
  }

  keys(): string[] {
    return [...this.objects.keys()].sort();
  }

  #answer({ command, input }: RecordedCall): Answer {
    const key = String(input.Key);
    if (command === 'PutObject') {
      this.objects.set(key, { body: Buffer.from(input.Body as Uint8Array), modified: this.now });
      return {};
    }
    if (command === 'DeleteObject') {
      this.objects.delete(key);
      return {};
    }
    if (command === 'ListObjectsV2') return this.#list(input);
    const found = this.objects.get(key);
    if (command !== 'GetObject') throw new Error(`The bucket in memory knows no ${command}.`);
    if (!found) return new NoSuchKey({ message: 'no such key', $metadata: { httpStatusCode: 404 } });
    return {
      Body: {
        transformToByteArray: async () => Uint8Array.from(found.body),
        transformToString: async () => found.body.toString('utf8'),
      },
    };
  }

  #list(input: Record<string, unknown>): Answer {
    const prefix = String(input.Prefix ?? '');
    const after = String(input.ContinuationToken ?? input.StartAfter ?? '');
    const keys = this.keys().filter((key) => key.startsWith(prefix) && key > after);
    const page = keys.slice(0, Math.min(this.page, Number(input.MaxKeys ?? 1_000)));
    const Contents = page.map((Key) => {
      const stored = this.objects.get(Key);
      return { Key, Size: stored?.body.byteLength, LastModified: new Date(stored?.modified ?? 0) };
    });
    const IsTruncated = page.length < keys.length;
    return { Contents, IsTruncated, ...(IsTruncated && { NextContinuationToken: page.at(-1) }) };
  }
}
