import { createHash } from 'node:crypto';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { Compile } from 'typebox/compile';
import { Source } from '../../schemas/event.ts';
import type { Clock } from '../shared/seams.ts';

const validator = Compile(Source);
/** Enough for every source of a company; bounds what guessed keys can occupy. */
const MAX_CACHED = 1_000;

/** How long what was read is trusted: a rotated key stops working after `known_seconds`. */
export interface SourceCache {
  readonly known_seconds: number;
  readonly unknown_seconds: number;
}

/** Write keys are stored and looked up only as this. */
export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** Sources by write key, on DynamoDB: item `{key_hash, source}` with the source as JSON. */
export class DynamoSources {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;
  readonly #cache: SourceCache;
  readonly #known = new Map<string, { source: Source | undefined; until: number }>();

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
    const source = await this.#read(hash);
    const seconds = source ? this.#cache.known_seconds : this.#cache.unknown_seconds;
    const oldest = this.#known.size >= MAX_CACHED ? this.#known.keys().next().value : undefined;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(hash, { source, until: now + seconds * 1000 });
    return source;
  }

  async #read(hash: string): Promise<Source | undefined> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: { key_hash: { S: hash } } }),
    );
    if (!Item) return undefined;
    const source: unknown = JSON.parse(Item.source?.S ?? 'null');
    if (!validator.Check(source)) {
      throw new Error(
        `Table ${this.#table}: the source under key hash ${hash.slice(0, 8)}… is not valid. Write it again.`,
      );
    }
    return source;
  }
}
