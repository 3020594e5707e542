import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { Compile } from 'typebox/compile';
import { hashKey } from '../../functions/collect/source-store.ts';
import { Source } from '../../schemas/event.ts';

const validator = Compile(Source);
/** Two are enough for a rotation; more are forgotten ones. */
export const MAX_KEYS_PER_SOURCE = 4;
/** Bounds what a table that is not the right one could cost to read. */
const MAX_ITEMS = 5_000;
const ID_CHARS = 12;
const KEY_BYTES = 32;

/** A key cannot be made or taken away as asked; the message never holds a key. */
export class WriteKeyError extends Error {
  override name = 'WriteKeyError';
}

/** A key as it is stored: by its hash, of which the beginning serves as its name. */
export interface StoredKey {
  readonly id: string;
  readonly hash: string;
  readonly source: Source;
  /** ISO 8601; empty where it was put by hand. */
  readonly created_at: string;
  /** Epoch ms from which it is refused; undefined while it has not been replaced. */
  readonly valid_until: number | undefined;
}

/** A new key of 256 bits. The first letters say whether it may be shown: `pk_` in pages and apps, `sk_` on servers alone. */
export const makeWriteKey = (of: Source, random: (bytes: number) => Buffer): string =>
  `${of.class === 'public' ? 'pk' : 'sk'}_${random(KEY_BYTES).toString('base64url')}`;

/** The write keys of a deployment: the collector's table, in which no key is. */
export class WriteKeyTable {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** All keys, by source and age. @throws WriteKeyError when the table holds something else; what DynamoDB throws */
  async list(): Promise<StoredKey[]> {
    const found: StoredKey[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#table })) {
      found.push(...Items.map((item) => this.#stored(item)));
      if (found.length > MAX_ITEMS) throw new WriteKeyError(`The table ${this.#table} is no table of write keys.`);
    }
    const order = (key: StoredKey) => `${key.source.source_id} ${key.created_at} ${key.hash}`;
    return found.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  /** Stores the hash of a new key. @throws WriteKeyError when the source has as many as it may */
  async add(source: Source, key: string, now: number): Promise<void> {
    const own = (await this.list()).filter(({ source: of, valid_until: until = now + 1 }) => {
      return of.source_id === source.source_id && until > now;
    });
    if (own.length >= MAX_KEYS_PER_SOURCE) {
      const message = `The source "${source.source_id}" has ${own.length} write keys; revoke one that nobody sends with.`;
      throw new WriteKeyError(message);
    }
    await this.#client.send(
      new PutItemCommand({
        TableName: this.#table,
        Item: {
          key_hash: { S: hashKey(key) },
          source: { S: JSON.stringify(source) },
          created_at: { S: new Date(now).toISOString() },
        },
        ConditionExpression: 'attribute_not_exists(key_hash)',
      }),
    );
  }

  /** Lets every other key of a source end at that time, unless it ends before. Answers with those that it found. */
  async endOthers(source_id: string, keep: string, until: number): Promise<StoredKey[]> {
    const kept = hashKey(keep);
    const others = (await this.list()).filter(({ source, hash, valid_until = Number.POSITIVE_INFINITY }) => {
      return source.source_id === source_id && hash !== kept && valid_until > until;
    });
    for (const { hash } of others) await this.#end(hash, until);
    return others;
  }

  /** Takes a key away by the name that `list` gives it. @throws WriteKeyError when there is none, or two */
  async revoke(id: string): Promise<StoredKey> {
    const found = (await this.list()).filter((key) => key.hash.startsWith(id));
    const [key] = found;
    if (!key || found.length > 1 || id.length < ID_CHARS) {
      throw new WriteKeyError(`There is no one key "${id.slice(0, 64)}"; npm run write-key -- list names them.`);
    }
    const Key = { key_hash: { S: key.hash } };
    await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key }));
    return key;
  }

  async #end(hash: string, until: number): Promise<void> {
    try {
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: { key_hash: { S: hash } },
          UpdateExpression: 'SET valid_until = :until',
          ConditionExpression: 'attribute_exists(key_hash)',
          ExpressionAttributeValues: { ':until': { N: String(until) } },
        }),
      );
    } catch (error) {
      // Somebody revoked it meanwhile: it has ended all the sooner.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  #stored(item: Record<string, AttributeValue>): StoredKey {
    const hash = item.key_hash?.S ?? '';
    const source: unknown = parsed(item.source?.S ?? '');
    if (!validator.Check(source)) {
      throw new WriteKeyError(`Table ${this.#table}: the item ${hash.slice(0, ID_CHARS)} holds no valid source.`);
    }
    const until = item.valid_until?.N;
    return {
      id: hash.slice(0, ID_CHARS),
      hash,
      source,
      created_at: item.created_at?.S ?? '',
      valid_until: until === undefined ? undefined : Number(until),
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
