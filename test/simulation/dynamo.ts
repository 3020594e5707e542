import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type Service, UnknownCommand } from './wire.ts';
import { SECOND, type World } from './world.ts';

type Item = Record<string, AttributeValue>;

interface Condition {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

interface Change extends Condition {
  readonly table: string;
  readonly key: string;
  /** What is there afterwards; nothing after a delete. */
  readonly item: Item | undefined;
}

/** How long a read that need not be consistent may show what was before. */
const STALE_MS = SECOND;
/** Items of one page of a scan: few, so that there are many. */
const SCAN_PAGE = 20;
const $metadata = {};

const hashed = (place: string): string => createHash('md5').update(place).digest('hex');

/** Tables of DynamoDB with one key attribute: conditional puts, transactions that take their time, reads that are no snapshot. */
export class SimulatedDynamo implements Service {
  readonly name = 'dynamo';
  readonly #world: World;
  readonly #keys: Readonly<Record<string, string>>;
  readonly #items = new Map<string, Item>();
  /** What was there before the last write, and when that was. */
  readonly #before = new Map<string, { item: Item | undefined; at: number }>();
  readonly #locked = new Set<string>();
  readonly #tokens = new Map<string, 'under way' | 'done'>();

  /** @param keys table → its key attribute */
  constructor(world: World, keys: Readonly<Record<string, string>>) {
    this.#world = world;
    this.#keys = keys;
  }

  throttled(): Error {
    return new ProvisionedThroughputExceededException({ message: 'Too much.', $metadata });
  }

  async handle(command: object): Promise<object> {
    if (command instanceof BatchGetItemCommand) return await this.#batchGet(command);
    if (command instanceof GetItemCommand) return this.#get(command);
    if (command instanceof PutItemCommand) return this.#put(command);
    if (command instanceof ScanCommand) return this.#scan(command);
    if (command instanceof TransactWriteItemsCommand) return await this.#transact(command);
    throw new UnknownCommand(this.name, command);
  }

  /** Writes an item past all rules: the state that a simulation begins with. */
  seed(table: string, item: Item): void {
    this.#items.set(this.#place(table, item), item);
  }

  /** All items of a table. */
  all(table: string): Item[] {
    return [...this.#items].filter(([place]) => place.startsWith(`${table}|`)).map(([, item]) => item);
  }

  #place(table: string, key: Item): string {
    const attribute = this.#keys[table];
    const value = attribute === undefined ? undefined : key[attribute]?.S;
    if (value === undefined) throw new Error(`A key of table ${table} is missing.`);
    return `${table}|${value}`;
  }

  #read(place: string, consistent: boolean | undefined): Item | undefined {
    const before = this.#before.get(place);
    const stale = !consistent && before && this.#world.time.now() - before.at < STALE_MS;
    return stale && this.#world.faults.strikes('stale') ? before.item : this.#items.get(place);
  }

  #write(place: string, item: Item | undefined): void {
    this.#before.set(place, { item: this.#items.get(place), at: this.#world.time.now() });
    if (item === undefined) this.#items.delete(place);
    else this.#items.set(place, item);
  }

  #get({ input }: GetItemCommand): object {
    const item = this.#read(this.#place(input.TableName ?? '', input.Key ?? {}), input.ConsistentRead);
    return item ? { Item: item } : {};
  }

  /** Not a snapshot: others write between one item and the next. */
  async #batchGet({ input }: BatchGetItemCommand): Promise<object> {
    const Responses: Record<string, Item[]> = {};
    const UnprocessedKeys: Record<string, { Keys: Item[] }> = {};
    for (const [table, asked] of Object.entries(input.RequestItems ?? {})) {
      const found: Item[] = [];
      const left: Item[] = [];
      const keys = asked.Keys ?? [];
      const pause = this.#world.dice.below(keys.length + 1);
      for (const [index, key] of keys.entries()) {
        if (index === pause && index > 0) await this.#world.time.sleep(this.#world.dice.roll() * 5);
        if (this.#world.faults.strikes('partial')) {
          left.push(key);
          continue;
        }
        const item = this.#read(this.#place(table, key), asked.ConsistentRead);
        if (item) found.push(item);
      }
      Responses[table] = found;
      if (left.length > 0) UnprocessedKeys[table] = { Keys: left };
    }
    return { Responses, UnprocessedKeys };
  }

  /** In the order of a hash, a few items at a time. */
  #scan({ input }: ScanCommand): object {
    const table = input.TableName ?? '';
    const prefix = `${table}|${input.ExpressionAttributeValues?.[':prefix']?.S ?? ''}`;
    const after = input.ExclusiveStartKey && hashed(this.#place(table, input.ExclusiveStartKey));
    const places = [...this.#items.keys()]
      .filter((place) => place.startsWith(`${table}|`))
      .map((place) => ({ place, hash: hashed(place) }))
      .filter(({ hash }) => after === undefined || hash > after)
      .sort((a, b) => (a.hash < b.hash ? -1 : 1));
    const page = places.slice(0, SCAN_PAGE).map(({ place }) => place);
    const Items = page.filter((place) => place.startsWith(prefix)).map((place) => this.#items.get(place));
    const last = this.#items.get(page.at(-1) ?? '');
    const attribute = this.#keys[table] ?? '';
    return {
      Items,
      ...(places.length > SCAN_PAGE && last ? { LastEvaluatedKey: { [attribute]: last[attribute] } } : {}),
    };
  }

  #put({ input }: PutItemCommand): object {
    const table = input.TableName ?? '';
    const item = input.Item ?? {};
    const place = this.#place(table, item);
    if (this.#locked.has(place) || this.#world.faults.strikes('conflict')) {
      throw new TransactionConflictException({ message: 'A transaction is under way.', $metadata });
    }
    const old = this.#items.get(place);
    if (!holds(input, old)) {
      const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? old : undefined;
      throw new ConditionalCheckFailedException({ message: 'The condition failed.', $metadata, Item });
    }
    this.#write(place, item);
    return {};
  }

  async #transact({ input }: TransactWriteItemsCommand): Promise<object> {
    const token = input.ClientRequestToken ?? '';
    const earlier = this.#tokens.get(token);
    if (earlier === 'done') return {};
    if (earlier === 'under way') throw new TransactionInProgressException({ message: 'Under way.', $metadata });
    const changes = (input.TransactItems ?? []).map((item) => this.#changeOf(item));
    const places = changes.map(({ table, key }) => `${table}|${key}`);
    const conflicts = places.map((place) => this.#locked.has(place) || this.#world.faults.strikes('conflict'));
    if (conflicts.includes(true)) throw cancelled(conflicts, 'TransactionConflict');
    for (const place of places) this.#locked.add(place);
    this.#tokens.set(token, 'under way');
    await this.#world.time.sleep(1 + this.#world.dice.roll() * 8);
    for (const place of places) this.#locked.delete(place);
    const failed = changes.map((change, index) => !holds(change, this.#items.get(places[index] ?? '')));
    if (failed.includes(true)) {
      this.#tokens.delete(token);
      throw cancelled(failed, 'ConditionalCheckFailed');
    }
    this.#tokens.set(token, 'done');
    for (const [index, { item }] of changes.entries()) this.#write(places[index] ?? '', item);
    return {};
  }

  #changeOf(action: NonNullable<TransactWriteItemsCommand['input']['TransactItems']>[number]): Change {
    const { Put, Delete } = action;
    if (Put) {
      const table = Put.TableName ?? '';
      return { ...Put, table, key: this.#place(table, Put.Item ?? {}).slice(table.length + 1), item: Put.Item };
    }
    if (!Delete) throw new Error('The simulated dynamo knows puts and deletes in a transaction. Teach it the rest.');
    const table = Delete.TableName ?? '';
    return { ...Delete, table, key: this.#place(table, Delete.Key ?? {}).slice(table.length + 1), item: undefined };
  }
}

const cancelled = (flags: readonly boolean[], code: string): TransactionCanceledException =>
  new TransactionCanceledException({
    message: 'The transaction was cancelled.',
    $metadata,
    CancellationReasons: flags.map((flag) => ({ Code: flag ? code : 'None' })),
  });

const ABSENT = /^attribute_not_exists\(([#\w]+)\)$/;
const EQUAL = /^([#\w]+) = (:\w+)$/;

/** Does a condition hold for what is stored? */
function holds(condition: Condition, item: Item | undefined): boolean {
  const { ConditionExpression: text, ExpressionAttributeNames: names, ExpressionAttributeValues: values } = condition;
  if (text === undefined) return true;
  const nameOf = (name: string): string => names?.[name] ?? name;
  const absent = ABSENT.exec(text);
  if (absent?.[1]) return item?.[nameOf(absent[1])] === undefined;
  const equal = EQUAL.exec(text);
  if (equal?.[1] && equal[2]) {
    const [is, should] = [item?.[nameOf(equal[1])], values?.[equal[2]]];
    return is !== undefined && JSON.stringify(is) === JSON.stringify(should);
  }
  throw new Error(`The simulated dynamo cannot read the condition ${JSON.stringify(text)}. Teach it.`);
}
