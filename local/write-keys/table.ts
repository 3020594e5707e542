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
import { keyItem, keyOfItem, NEITHER_ALIAS_NOR_CHANGE } from '../../functions/shared/sources/dynamo-items.ts';
import { hashKey, type StoredKey as Key, MAX_KEYS_PER_SOURCE, storedKey } from '../../functions/shared/sources/keys.ts';
import { Source } from '../../schemas/event.ts';

const validator = Compile(Source);
/** Bounds what a table that is not the right one could cost to read. */
const MAX_ITEMS = 5_000;
const ID_CHARS = 12;

/** A key cannot be made or taken away as asked; the message never holds a key. */
export class WriteKeyError extends Error {
  override name = 'WriteKeyError';
}

/** A key as it is stored, with the source that it stands for. */
export interface StoredKey extends Omit<Key, 'valid_until'> {
  readonly source: Source;
  /** Epoch ms from which it is refused; undefined while it has not been replaced. */
  readonly valid_until: number | undefined;
}

/** The write keys of a deployment: the collector's table, in which no key is. */
export class WriteKeyTable {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Beside keys the table has aliases, definitions, and who changed them. */
  get #keysOnly() {
    return {
      TableName: this.#table,
      FilterExpression: `${NEITHER_ALIAS_NOR_CHANGE} AND attribute_not_exists(version)`,
    };
  }

  /** All keys, by source and age. @throws WriteKeyError when the table holds something else; what DynamoDB throws */
  async list(): Promise<StoredKey[]> {
    const found: StoredKey[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.#client }, this.#keysOnly)) {
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
        Item: keyItem(storedKey(key, now), JSON.stringify(source)),
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
    const key = keyOfItem(item);
    return { ...key, source, valid_until: key.valid_until };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
