import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { ScanOptions, ScanPage } from './doc-store.ts';
import { checkScan } from './doc-store-checks.ts';
import { decodeItem, readUnits } from './dynamo-item.ts';
import type { DynamoMeter } from './dynamo-meter.ts';
import { type RetryOptions, withRetries } from './dynamo-retry.ts';

/** Items that are looked at for one page; those of other prefixes are left out after they were read, and billed. */
const LOOKED_AT_PER_PAGE = 1000;

interface Table {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly retry: RetryOptions;
  readonly meter: DynamoMeter;
}

/** One page of a Scan, strongly consistent, in the order of DynamoDB's own hash; the cursor is a key. */
export async function scanTable(prefix: string, options: ScanOptions, target: Table): Promise<ScanPage> {
  const limit = checkScan(prefix, options);
  const { client, table, retry, meter } = target;
  const reply = await withRetries(retry, 'Scan', () =>
    client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        Limit: LOOKED_AT_PER_PAGE,
        FilterExpression: 'begins_with(k, :prefix)',
        ExpressionAttributeValues: { ':prefix': { S: prefix } },
        ...(options.after === undefined ? {} : { ExclusiveStartKey: { k: { S: options.after } } }),
        ReturnConsumedCapacity: meter.wanted,
      }),
    ),
  );
  const items = reply.Items ?? [];
  meter.report('Scan', [reply.ConsumedCapacity], () => items.map(readUnits));
  const documents = items.slice(0, limit).map((item) => {
    const { key, document } = decodeItem(item);
    return [key, document] as const;
  });
  // Cut short, the page ends at its last document: any key that the Scan went by can be started from.
  const next = items.length > limit ? documents.at(-1)?.[0] : reply.LastEvaluatedKey?.k?.S;
  return { documents, next };
}
