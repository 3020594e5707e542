import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';

const purpose = (version: number) => `token-key:v${version}`;

/** No event with a personal identifier has been cleaned yet, so there is no key. */
export class TokenKeyMissing extends Error {
  override name = 'TokenKeyMissing';
}

type Clients = { readonly dynamo: DynamoDBClient; readonly kms: KMSClient };
type Names = { readonly table: string; readonly keyId: string };

/**
 * The HMAC key that turns personal identifiers into tokens. It is made once per deployment and kept in the vault's
 * table, wrapped by KMS; losing it would cut every known phone number from its person, so the table is retained and
 * has point-in-time recovery.
 * @throws TokenKeyMissing when clean has not made it yet; what the table or KMS throws.
 */
export async function loadTokenKey(clients: Clients, names: Names, version = 1): Promise<Buffer> {
  const wrapped = await readWrapped(clients.dynamo, names.table, version);
  if (!wrapped)
    throw new TokenKeyMissing(`Table ${names.table} has no token key yet. Send a first event, then try again.`);
  return await unwrap(clients.kms, wrapped, { names, version });
}

/** Like `loadTokenKey`, but makes the key where there is none: for clean, which tokenises first. */
export async function loadOrMakeTokenKey(clients: Clients, names: Names, version = 1): Promise<Buffer> {
  const wrapped = (await readWrapped(clients.dynamo, names.table, version)) ?? (await make(clients, names, version));
  return await unwrap(clients.kms, wrapped, { names, version });
}

async function unwrap(
  kms: KMSClient,
  CiphertextBlob: Uint8Array,
  of: { names: Names; version: number },
): Promise<Buffer> {
  const EncryptionContext = { purpose: purpose(of.version) };
  const { Plaintext } = await kms.send(
    new DecryptCommand({ CiphertextBlob, KeyId: of.names.keyId, EncryptionContext }),
  );
  if (!Plaintext) throw new Error('KMS gave no plaintext for the token key; identifiers cannot be tokenised.');
  return Buffer.from(Plaintext);
}

async function readWrapped(dynamo: DynamoDBClient, table: string, version: number): Promise<Uint8Array | undefined> {
  const { Item } = await dynamo.send(
    new GetItemCommand({ TableName: table, Key: { token: { S: purpose(version) } }, ConsistentRead: true }),
  );
  return Item?.wrapped_key?.B;
}

/** Makes the key unless another container was first; answers with the one that is stored. */
async function make(clients: Clients, names: Names, version: number): Promise<Uint8Array> {
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
