import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Source } from '../../schemas/event.ts';
import { sourceOf } from '../shared/sources/definition.ts';
import { definitionOfItem, sourceKey } from '../shared/sources/dynamo-items.ts';

/** The source of an id as it is described now, without its keys and secrets; undefined where nobody has described it. */
export async function sourceById(client: DynamoDBClient, table: string, sourceId: string): Promise<Source | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: table,
      Key: { key_hash: { S: sourceKey(sourceId) } },
      ProjectionExpression: 'definition',
    }),
  );
  const definition = Item && definitionOfItem(Item);
  return definition && sourceOf(definition);
}
