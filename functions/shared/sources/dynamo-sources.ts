import {
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  paginateScan,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { SourceDefinition } from '../../../schemas/source.ts';
import {
  changeKey,
  definitionOfItem,
  type Item,
  keyOfItem,
  NEITHER_ALIAS_NOR_CHANGE,
  secretsOfItem,
  sourceKey,
  sourceOfItem,
  undescribed,
} from './dynamo-items.ts';
import { writesOf } from './dynamo-writes.ts';
import { hashKey, type StoredKey } from './keys.ts';
import {
  type Committed,
  MAX_CHANGES,
  type SourceChange,
  type SourceCommit,
  type SourceStore,
  type StoredSecret,
  type StoredSource,
} from './store.ts';

/** Bounds what a table that is not the right one could cost to read. */
const MAX_ITEMS = 10_000;
/** DynamoDB gives so many items at once. */
const MAX_AT_ONCE = 100;

interface Gathered {
  definition: SourceDefinition | undefined;
  version: number;
  readonly keys: StoredKey[];
  secrets: readonly StoredSecret[];
  /** What is said of it under a key, where nobody has described it. */
  under: SourceDefinition | undefined;
}

/** Sources on AWS, in the collector's table: see `dynamo-items.ts` for what is in it. A company has few, so they are read by a scan. */
export class DynamoSourceStore implements SourceStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** @throws Error where an item is not valid; what DynamoDB throws */
  async list(): Promise<readonly StoredSource[]> {
    const found = new Map<string, Gathered>();
    const of = (id: string): Gathered => {
      const there = found.get(id) ?? { definition: undefined, version: 0, keys: [], secrets: [], under: undefined };
      found.set(id, there);
      return there;
    };
    for (const item of await this.#items()) this.#gather(item, of);
    return [...found.values()]
      .flatMap(({ definition, under, keys, ...rest }) => {
        const described = definition ?? under;
        const inOrder = keys.toSorted((a, b) => (a.created_at + a.hash < b.created_at + b.hash ? -1 : 1));
        return described
          ? [{ definition: described, keys: inOrder, version: rest.version, secrets: rest.secrets }]
          : [];
      })
      .toSorted((a, b) => (a.definition.source_id < b.definition.source_id ? -1 : 1));
  }

  async get(source_id: string): Promise<StoredSource | undefined> {
    return (await this.list()).find(({ definition }) => definition.source_id === source_id);
  }

  async commit(next: SourceCommit): Promise<Committed> {
    const { source_id, aliases = [] } = next.definition;
    const before = await this.get(source_id);
    if ((before?.version ?? 0) !== next.expected) return 'changed';
    const writes = writesOf(this.#table, next, before);
    const isAlias = new Set(aliases.map(hashKey));
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: writes }));
      return 'done';
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      const failed = writes.filter((_, i) => codes[i] === 'ConditionalCheckFailed');
      if (failed.some(({ Put }) => isAlias.has(Put?.Item?.key_hash?.S ?? ''))) return 'taken';
      if (failed.length > 0 || codes.includes('TransactionConflict')) return 'changed';
      throw error;
    }
  }

  async changes(source_id: string, limit: number): Promise<readonly SourceChange[]> {
    const { Item } = await this.#client.send(
      new GetItemCommand({
        TableName: this.#table,
        Key: { key_hash: { S: sourceKey(source_id) } },
        ConsistentRead: true,
        ProjectionExpression: 'version',
      }),
    );
    const newest = Number(Item?.version?.N ?? 0);
    const oldest = Math.max(1, newest - Math.min(limit, MAX_CHANGES) + 1);
    const found: Item[] = [];
    for (let to = newest; to >= oldest; to -= MAX_AT_ONCE) {
      const versions = Array.from({ length: Math.min(MAX_AT_ONCE, to - oldest + 1) }, (_, i) => to - i);
      const Keys = versions.map((version) => ({ key_hash: { S: changeKey(source_id, version) } }));
      const { Responses } = await this.#client.send(
        new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys, ConsistentRead: true } } }),
      );
      found.push(...(Responses?.[this.#table] ?? []));
    }
    return found
      .toSorted((a, b) => versionIn(b) - versionIn(a))
      .map((item) => JSON.parse(item.source_change?.S ?? '{}') as SourceChange);
  }

  async #items(): Promise<Item[]> {
    const found: Item[] = [];
    const input = {
      TableName: this.#table,
      ConsistentRead: true,
      FilterExpression: NEITHER_ALIAS_NOR_CHANGE,
    };
    for await (const { Items = [] } of paginateScan({ client: this.#client }, input)) {
      found.push(...Items);
      if (found.length > MAX_ITEMS) throw new Error(`The table ${this.#table} is no table of sources.`);
    }
    return found;
  }

  #gather(item: Item, of: (source_id: string) => Gathered): void {
    if (item.definition) {
      const definition = definitionOfItem(item);
      if (!definition) throw this.#invalid(item);
      const into = of(definition.source_id);
      Object.assign(into, { definition, version: Number(item.version?.N), secrets: secretsOfItem(item) });
      return;
    }
    const source = sourceOfItem(item);
    if (!source) throw this.#invalid(item);
    const into = of(source.source_id);
    into.keys.push(keyOfItem(item));
    into.under ??= undescribed(source, item.created_at?.S ?? new Date(0).toISOString());
  }

  #invalid(item: Item): Error {
    const name = (item.key_hash?.S ?? '').slice(0, 50);
    return new Error(`Table ${this.#table}: the item ${name} holds no valid source. Write it again.`);
  }
}

const versionIn = ({ key_hash }: Item): number => Number((key_hash?.S ?? '').split(':').at(-1));
