import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Compile } from 'typebox/compile';
import { Source } from '../../schemas/event.ts';
import type { Clock } from '../shared/seams.ts';
import { hashKey } from '../shared/sources/keys.ts';

const validator = Compile(Source);
/** Enough for every source of a company; bounds what guessed keys can occupy. */
const MAX_CACHED = 1_000;

/** How long what was read is trusted: a rotated key stops working after `known_seconds`. */
export interface SourceCache {
  readonly known_seconds: number;
  readonly unknown_seconds: number;
}

/** What was read of a key, and until when the key itself may be used. */
interface Known {
  readonly source: Source | undefined;
  readonly until: number;
}

/**
 * Sources by write key or alias, on DynamoDB: item `{key_hash, source, valid_until?}` with the source as JSON and the epoch milliseconds
 * from which a replaced key is as good as none.
 */
export class DynamoSources {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;
  readonly #cache: SourceCache;
  readonly #known = new Map<string, Known>();

  constructor(client: DynamoDBClient, table: string, options: { clock: Clock; cache: SourceCache }) {
    this.#client = client;
    this.#table = table;
    this.#clock = options.clock;
    this.#cache = options.cache;
  }

  /** The source of a key, or undefined. @throws when the table cannot be read or the stored source is not valid. */
  async byKey(key: string): Promise<Source | undefined> {
    const hash = hashKey(key);
    const now = this.#clock.now();
    const cached = this.#known.get(hash);
    if (cached && cached.until > now) return cached.source;
    const { source, until } = await this.#read(hash, now);
    const seconds = source ? this.#cache.known_seconds : this.#cache.unknown_seconds;
    const oldest = this.#known.size >= MAX_CACHED ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(hash, { source, until: Math.min(until, now + seconds * 1000) });
    return source;
  }

  async #read(hash: string, now: number): Promise<Known> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: { key_hash: { S: hash } } }),
    );
    const until = Number(Item?.valid_until?.N ?? Number.POSITIVE_INFINITY);
    if (!Item || until <= now) return { source: undefined, until: Number.POSITIVE_INFINITY };
    const source: unknown = JSON.parse(Item.source?.S ?? 'null');
    if (!validator.Check(source)) {
      throw new Error(
        `Table ${this.#table}: the source under key hash ${hash.slice(0, 8)}… is not valid. Write it again.`,
      );
    }
    return { source, until };
  }
}
