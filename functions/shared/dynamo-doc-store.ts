import { randomBytes } from 'node:crypto';
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { BackoffPolicy } from './backoff.ts';
import type { CommitResult, DocStore, ReadOptions, ScanOptions, ScanPage, Versioned, Write } from './doc-store.ts';
import { checkKey, type EncodedWrite, encodeWrites, nextVersion } from './doc-store-checks.ts';
import { conflictPositions, DocStoreUnavailable } from './dynamo-errors.ts';
import { BEHIND_SHARE, decodeItem, encodeItem, type Item, readUnits, writeUnits } from './dynamo-item.ts';
import { type Consumed, DynamoMeter } from './dynamo-meter.ts';
import { pause, type RetryOptions, withRetries } from './dynamo-retry.ts';
import { scanTable } from './dynamo-scan.ts';

/** DynamoDB's limit for one BatchGetItem. */
const MAX_KEYS_PER_READ = 100;
const PARALLEL_READS = 4;
/** 72 bits: no two writes share an id. */
const WRITE_ID_BYTES = 9;
/** A transaction writes everything twice: to prepare and to commit. */
const TRANSACTION_FACTOR = 2;
const DEFAULT_BACKOFF: BackoffPolicy = { attempts: 8, baseMs: 25, capMs: 2_000 };
const MISSING: Versioned = { version: 0, body: undefined };

export interface DynamoDocStoreOptions {
  /** To be made with `maxAttempts: 1`: the store must see every lost reply, and counts the attempts itself. */
  readonly client: DynamoDBClient;
  /** A table whose partition key is `k`, a string. */
  readonly table: string;
  readonly backoff?: BackoffPolicy;
  /** [0, 1). */
  readonly random?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** A different id at each call, at most 36 characters. */
  readonly newWriteId?: () => string;
  /** Told what each call cost; asking for it costs nothing. */
  readonly onConsumed?: (consumed: Consumed) => void;
}

/**
 * Documents in DynamoDB, for the AWS binding. One put is a conditional PutItem; several writes, and every delete, are one
 * transaction (a delete leaves nothing behind that could tell our lost reply from somebody else's delete; a transaction
 * token can). Each write leaves its own id in the item, so that a put whose reply was lost is recognised as done. Only if
 * others have overwritten it in the meantime is it reported as a conflict; callers therefore apply changes idempotently.
 */
export class DynamoDocStore implements DocStore {
  readonly #options: DynamoDocStoreOptions;
  readonly #retry: RetryOptions;
  readonly #random: () => number;
  readonly #newWriteId: () => string;
  readonly #meter: DynamoMeter;

  constructor(options: DynamoDocStoreOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#retry = { policy: options.backoff ?? DEFAULT_BACKOFF, random: this.#random, sleep: options.sleep };
    this.#meter = new DynamoMeter(options.onConsumed);
    this.#newWriteId = options.newWriteId ?? (() => randomBytes(WRITE_ID_BYTES).toString('base64url'));
  }

  /** @throws InvalidCommit, DocStoreUnavailable, DocumentUnreadable, or the client's error when it is permanent. */
  async get(keys: readonly string[], { mayBeBehind = false }: ReadOptions = {}): Promise<Map<string, Versioned>> {
    const found = new Map<string, Versioned>();
    for (const key of keys) {
      checkKey(key);
      found.set(key, MISSING);
    }
    const distinct = [...found.keys()];
    const chunks: string[][] = [];
    for (let i = 0; i < distinct.length; i += MAX_KEYS_PER_READ) chunks.push(distinct.slice(i, i + MAX_KEYS_PER_READ));
    for (let i = 0; i < chunks.length; i += PARALLEL_READS) {
      await Promise.all(
        chunks.slice(i, i + PARALLEL_READS).map((chunk) => this.#readChunk(chunk, !mayBeBehind, found)),
      );
    }
    return found;
  }

  /** @throws InvalidCommit, DocumentTooLarge, DocStoreUnavailable, or the client's error when it is permanent. */
  async commit(writes: readonly Write[]): Promise<CommitResult> {
    const encoded = encodeWrites(writes);
    const [first] = encoded;
    if (first === undefined) return { ok: true };
    const writeId = this.#newWriteId();
    if (encoded.length === 1 && first.json !== undefined) return await this.#put(first, first.json, writeId);
    return await this.#transact(encoded, writeId);
  }

  /** Reads the whole table, whatever the prefix. @throws InvalidCommit, DocStoreUnavailable, DocumentUnreadable. */
  scan(prefix: string, options: ScanOptions = {}): Promise<ScanPage> {
    return scanTable(prefix, options, { ...this.#options, retry: this.#retry, meter: this.#meter });
  }

  async #readChunk(keys: readonly string[], consistent: boolean, found: Map<string, Versioned>): Promise<void> {
    const { client, table } = this.#options;
    let pending: Item[] = keys.map((key) => ({ k: { S: key } }));
    for (let stalled = 0; ; ) {
      const asked = pending;
      const reply = await withRetries(this.#retry, 'BatchGetItem', () =>
        client.send(
          new BatchGetItemCommand({
            RequestItems: { [table]: { Keys: asked, ConsistentRead: consistent } },
            ReturnConsumedCapacity: this.#meter.wanted,
          }),
        ),
      );
      const items = reply.Responses?.[table] ?? [];
      pending = reply.UnprocessedKeys?.[table]?.Keys ?? [];
      const missing = asked.length - pending.length - items.length;
      const share = consistent ? 1 : BEHIND_SHARE;
      this.#meter.report('BatchGetItem', reply.ConsumedCapacity, () =>
        [...items.map(readUnits), missing * readUnits(undefined)].map((units) => units * share),
      );
      for (const item of items) {
        const { key, document } = decodeItem(item);
        found.set(key, document);
      }
      if (pending.length === 0) return;
      stalled = pending.length < asked.length ? 0 : stalled + 1;
      if (stalled >= this.#retry.policy.attempts) {
        throw new DocStoreUnavailable(
          `DynamoDB left ${pending.length} keys of BatchGetItem unprocessed, ${stalled} times in a row.`,
        );
      }
      await pause(this.#retry, stalled);
    }
  }

  #put(write: EncodedWrite, json: string, writeId: string): Promise<CommitResult> {
    const item = encodeItem({ key: write.key, version: nextVersion(write.expected, this.#random), writeId, json });
    const command = { TableName: this.#options.table, Item: item, ...condition(write.expected) };
    return withRetries<CommitResult>(this.#retry, 'PutItem', async (mayBeDone) => {
      try {
        const reply = await this.#options.client.send(
          new PutItemCommand({
            ...command,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            ReturnConsumedCapacity: this.#meter.wanted,
          }),
        );
        this.#meter.report('PutItem', [reply.ConsumedCapacity], () => [writeUnits(item)]);
        return { ok: true };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) {
          return error.Item?.w?.S === writeId ? { ok: true } : { ok: false, conflicts: [write.key] };
        }
        // A transaction is under way on this item. If our put may be done already, only its outcome can tell.
        if (error instanceof TransactionConflictException && !mayBeDone) return { ok: false, conflicts: [write.key] };
        throw error;
      }
    });
  }

  #transact(writes: readonly EncodedWrite[], writeId: string): Promise<CommitResult> {
    const items = writes.map((write) => this.#transactItem(write, writeId));
    return withRetries<CommitResult>(this.#retry, 'TransactWriteItems', async (mayBeDone) => {
      try {
        const reply = await this.#options.client.send(
          new TransactWriteItemsCommand({
            TransactItems: items,
            // Sent again with the same token, a transaction that was done answers as it did the first time.
            ClientRequestToken: writeId,
            ReturnConsumedCapacity: this.#meter.wanted,
          }),
        );
        this.#meter.report('TransactWriteItems', reply.ConsumedCapacity, () =>
          items.map((item) => TRANSACTION_FACTOR * writeUnits(item.Put?.Item)),
        );
        return { ok: true };
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error;
        const conflicts = conflictPositions(error, mayBeDone).map((i) => writes[i]?.key ?? '');
        if (conflicts.length === 0) throw error;
        return { ok: false, conflicts };
      }
    });
  }

  #transactItem({ key, expected, json }: EncodedWrite, writeId: string): TransactWriteItem {
    const guard = { TableName: this.#options.table, ...condition(expected) };
    if (json === undefined) return { Delete: { Key: { k: { S: key } }, ...guard } };
    const version = nextVersion(expected, this.#random);
    return { Put: { Item: encodeItem({ key, version, writeId, json }), ...guard } };
  }
}

const condition = (expected: number) =>
  expected === 0
    ? { ConditionExpression: 'attribute_not_exists(k)' }
    : { ConditionExpression: 'v = :expected', ExpressionAttributeValues: { ':expected': { N: String(expected) } } };
