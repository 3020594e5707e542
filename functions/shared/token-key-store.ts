import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';

const purpose = (version: number) => `token-key:v${version}`;

/**
 * The HMAC key that turns personal identifiers into tokens. It is made once per deployment and kept in the vault's
 * table, wrapped by KMS; losing it would cut every known phone number from its person, so the table is retained and
 * has point-in-time recovery.
 * @throws when the table or KMS cannot be used.
 */
export async function loadTokenKey(
  clients: { dynamo: DynamoDBClient; kms: KMSClient },
  names: { table: string; keyId: string },
  version = 1,
): Promise<Buffer> {
  const EncryptionContext = { purpose: purpose(version) };
  const wrapped = (await readWrapped(clients.dynamo, names.table, version)) ?? (await create(clients, names, version));
  const reply = await clients.kms.send(
    new DecryptCommand({ CiphertextBlob: wrapped, KeyId: names.keyId, EncryptionContext }),
  );
  if (!reply.Plaintext) throw new Error('KMS gave no plaintext for the token key; identifiers cannot be tokenised.');
  return Buffer.from(reply.Plaintext);
}

async function readWrapped(dynamo: DynamoDBClient, table: string, version: number): Promise<Uint8Array | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { token: { S: purpose(version) } }, ConsistentRead: true }),
  );
  return Item?.wrapped_key?.B;
}

/** Makes the key unless another container was first; answers with the one that is stored. */
async function create(
  clients: { dynamo: DynamoDBClient; kms: KMSClient },
  names: { table: string; keyId: string },
  version: number,
): Promise<Uint8Array> {
  const EncryptionContext = { purpose: purpose(version) };
  const made = await clients.kms.send(
    new GenerateDataKeyCommand({ KeyId: names.keyId, KeySpec: 'AES_256', EncryptionContext }),
  );
  if (!made.CiphertextBlob) throw new Error('KMS gave no data key; the token key was not made.');
  try {
    await clients.dynamo.send(
      new PutItemCommand({
        TableName: names.table,
        Item: { token: { S: purpose(version) }, wrapped_key: { B: made.CiphertextBlob } },
        ConditionExpression: 'attribute_not_exists(#token)',
        ExpressionAttributeNames: { '#token': 'token' },
      }),
    );
    return made.CiphertextBlob;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const stored = await readWrapped(clients.dynamo, names.table, version);
    if (!stored) throw new Error(`Table ${names.table}: the token key vanished while it was made. Try again.`);
    return stored;
  }
}
