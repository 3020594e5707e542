import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { sourceOf } from './definition.ts';
import { aliasItem, changeKey, type Item, keyItem, recordItem } from './dynamo-items.ts';
import { hashKey } from './keys.ts';
import { MAX_CHANGES, type SourceCommit, type StoredSource } from './store.ts';

/** All that a change writes, in one transaction. A key that somebody took away meanwhile does not come back by it. */
export function writesOf(
  TableName: string,
  { definition, keys, secrets, expected, change }: SourceCommit,
  before: StoredSource | undefined,
): TransactWriteItem[] {
  const { source_id, aliases = [] } = definition;
  const source = JSON.stringify(sourceOf(definition));
  const version = expected + 1;
  const known = new Set((before?.keys ?? []).map(({ hash }) => hash));
  const kept = new Set([...keys.map(({ hash }) => hash), ...aliases.map(hashKey)]);
  const gone = [...known, ...(before?.definition.aliases ?? []).map(hashKey)].filter((hash) => !kept.has(hash));
  const put = (Item: Item, ConditionExpression: string, values?: Item): TransactWriteItem => ({
    Put: { TableName, Item, ConditionExpression, ...(values && { ExpressionAttributeValues: values }) },
  });
  return [
    put(
      recordItem(definition, version, secrets),
      expected === 0 ? 'attribute_not_exists(key_hash)' : 'version = :expected',
      expected === 0 ? undefined : { ':expected': { N: String(expected) } },
    ),
    ...keys.map((key) =>
      put(keyItem(key, source), `${known.has(key.hash) ? 'attribute_exists' : 'attribute_not_exists'}(key_hash)`),
    ),
    ...aliases.map((alias) =>
      put(aliasItem(hashKey(alias), source, source_id), 'attribute_not_exists(key_hash) OR alias_of = :own', {
        ':own': { S: source_id },
      }),
    ),
    ...gone.map((hash) => ({ Delete: { TableName, Key: { key_hash: { S: hash } } } })),
    put(
      { key_hash: { S: changeKey(source_id, version) }, source_change: { S: JSON.stringify(change) } },
      'attribute_not_exists(key_hash)',
    ),
    ...(version > MAX_CHANGES
      ? [{ Delete: { TableName, Key: { key_hash: { S: changeKey(source_id, version - MAX_CHANGES) } } } }]
      : []),
  ];
}
