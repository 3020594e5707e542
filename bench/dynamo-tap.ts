import type { AttributeValue, ConsumedCapacity, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readUnits, writeUnits } from '../functions/shared/dynamo-item.ts';

type Item = Record<string, AttributeValue>;

/** Request units of some calls, as AWS bills them, computed from item sizes, and as the replies said. */
export interface Units {
  calls: number;
  read: number;
  write: number;
  reported_read: number;
  reported_write: number;
}

export const noUnits = (): Units => ({ calls: 0, read: 0, write: 0, reported_read: 0, reported_write: 0 });

interface Write {
  readonly Put?: { readonly Item?: Item };
}

/** What calls look like from outside; each has only some of these. */
interface Input {
  readonly Item?: Item;
  readonly ConsistentRead?: boolean;
  readonly RequestItems?: Readonly<Record<string, { readonly ConsistentRead?: boolean; readonly Keys?: unknown[] }>>;
  readonly TransactItems?: readonly Write[];
}

interface Output {
  readonly Item?: Item;
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
  readonly UnprocessedKeys?: Readonly<Record<string, { readonly Keys?: unknown[] }>>;
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[];
}

/** A read that may be behind costs half. */
const share = (consistent: boolean | undefined): number => (consistent === true ? 1 : 0.5);

function batchRead({ RequestItems = {} }: Input, { Responses = {}, UnprocessedKeys = {} }: Output): number {
  let units = 0;
  for (const [table, { Keys = [], ConsistentRead }] of Object.entries(RequestItems)) {
    const items = Responses[table] ?? [];
    const missing = Keys.length - items.length - (UnprocessedKeys[table]?.Keys?.length ?? 0);
    const all = items.reduce((sum, item) => sum + readUnits(item), missing * readUnits(undefined));
    units += all * share(ConsistentRead);
  }
  return units;
}

/** Units that a call costs, by the name of its command. @throws Error for a command whose price is not known here */
function unitsOf(command: string, input: Input, output: Output): { read: number; write: number } {
  switch (command) {
    case 'BatchGetItemCommand':
      return { read: batchRead(input, output), write: 0 };
    case 'GetItemCommand':
      return { read: readUnits(output.Item) * share(input.ConsistentRead), write: 0 };
    case 'PutItemCommand':
      return { read: 0, write: writeUnits(input.Item) };
    case 'TransactWriteItemsCommand': {
      const items = input.TransactItems ?? [];
      return { read: 0, write: items.reduce((sum, { Put }) => sum + 2 * writeUnits(Put?.Item), 0) };
    }
    default:
      throw new Error(`What ${command} costs is not known; add it, or the figure would be too low.`);
  }
}

/** DynamoDB's own errors after which the units were consumed all the same. */
const BILLED = new Set(['ConditionalCheckFailedException', 'TransactionCanceledException']);

/**
 * Counts every call that a client makes into `units`, whoever makes it: also those of which the program's own meter does not
 * know. A conditional write that fails counts too, as AWS bills it.
 */
export function countUnits(client: DynamoDBClient, units: Units): DynamoDBClient {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const command = String(context.commandName);
      const add = (output: Output): void => {
        const { read, write } = unitsOf(command, args.input as Input, output);
        units.calls += 1;
        units.read += read;
        units.write += write;
        const told = [output.ConsumedCapacity ?? []]
          .flat()
          .reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
        units[read > 0 ? 'reported_read' : 'reported_write'] += told;
      };
      try {
        const reply = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
        add(reply.output as Output);
        return reply;
      } catch (error) {
        if (error instanceof Error && BILLED.has(error.name)) add({});
        throw error;
      }
    },
    { step: 'initialize' },
  );
  return client;
}
