import { type DynamoDBClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { Compile } from 'typebox/compile';
import { Source } from '../../schemas/event.ts';

const validator = Compile(Source);

/** The source of an id, from the table of sources, where each lies under the hashes of its keys. There are few: all are read. */
export async function sourceById(client: DynamoDBClient, table: string, sourceId: string): Promise<Source | undefined> {
  let from: ScanCommandInput['ExclusiveStartKey'];
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ProjectionExpression: '#source',
        ExpressionAttributeNames: { '#source': 'source' },
        ExclusiveStartKey: from,
      }),
    );
    for (const { source } of page.Items ?? []) {
      const value: unknown = JSON.parse(source?.S ?? 'null');
      if (validator.Check(value) && value.source_id === sourceId) return value;
    }
    from = page.LastEvaluatedKey;
  } while (from);
  return undefined;
}
