import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { chunk, DELIVERY, type DeliveryOptions, deliver } from './aws-batch.ts';
import type { Vault } from './seams.ts';

/** Tokens that a container knows to be stored already; bounds memory, not correctness. */
const MAX_REMEMBERED = 50_000;
const READ = { items: 100, bytes: Number.POSITIVE_INFINITY };
/** Values sealed at once, each by two calls: one after the other, the members of an import would take longer than a function may. */
const SEALED_AT_ONCE = 16;

interface Sealed {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const bytesOf = (attribute: AttributeValue | undefined, name: string): Uint8Array => {
  if (!attribute?.B)
    throw new Error(`A vault item has no ${name}: it was not written by the vault. Restore the table.`);
  return attribute.B;
};

/**
 * Raw values of personal identifiers: each sealed with AES-256-GCM under a data key of its own, which only KMS can
 * unwrap, for that token alone. Deleting an item therefore makes its value unreadable, in backups of the function too.
 */
export class DynamoVault implements Vault {
  readonly #dynamo: DynamoDBClient;
  readonly #kms: KMSClient;
  readonly #table: string;
  readonly #keyId: string;
  readonly #options: DeliveryOptions;
  readonly #stored = new Set<string>();

  constructor(
    clients: { dynamo: DynamoDBClient; kms: KMSClient },
    names: { table: string; keyId: string },
    options: DeliveryOptions = DELIVERY,
  ) {
    this.#dynamo = clients.dynamo;
    this.#kms = clients.kms;
    this.#table = names.table;
    this.#keyId = names.keyId;
    this.#options = options;
  }

  /** Stores what is not stored yet; KMS is asked only for tokens never seen before. */
  async store(entries: readonly { token: string; value: string }[]): Promise<void> {
    const fresh = new Map(entries.filter(({ token }) => !this.#stored.has(token)).map((entry) => [entry.token, entry]));
    const present = await this.#read([...fresh.keys()]);
    const left = [...fresh.values()];
    const worker = async () => {
      try {
        for (let entry = left.pop(); entry; entry = left.pop()) {
          if (!present.has(entry.token)) await this.#seal(entry.token, entry.value);
          this.#remember(entry.token);
        }
      } catch (error) {
        // All will be stored again: what is not begun would only be work for nobody.
        left.length = 0;
        throw error;
      }
    };
    await Promise.all(Array.from({ length: SEALED_AT_ONCE }, worker));
  }

  #remember(token: string): void {
    if (this.#stored.size >= MAX_REMEMBERED) this.#stored.clear();
    this.#stored.add(token);
  }

  async reveal(tokens: readonly string[]): Promise<Map<string, string>> {
    const values = new Map<string, string>();
    for (const [token, sealed] of await this.#read([...new Set(tokens)])) {
      const reply = await this.#kms.send(
        new DecryptCommand({ CiphertextBlob: sealed.key, KeyId: this.#keyId, EncryptionContext: { token } }),
      );
      if (!reply.Plaintext) throw new Error('KMS gave no plaintext key; the value stays sealed.');
      values.set(token, open(reply.Plaintext, sealed.value, token));
    }
    return values;
  }

  async #seal(token: string, value: string): Promise<void> {
    const dataKey = await this.#kms.send(
      new GenerateDataKeyCommand({ KeyId: this.#keyId, KeySpec: 'AES_256', EncryptionContext: { token } }),
    );
    if (!dataKey.Plaintext || !dataKey.CiphertextBlob) throw new Error('KMS gave no data key; nothing was stored.');
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', dataKey.Plaintext, iv).setAAD(Buffer.from(token));
    const sealed = Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    try {
      await this.#dynamo.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: {
            token: { S: token },
            wrapped_key: { B: dataKey.CiphertextBlob },
            value: { B: Uint8Array.from(sealed) },
          },
          ConditionExpression: 'attribute_not_exists(#token)',
          ExpressionAttributeNames: { '#token': 'token' },
        }),
      );
    } catch (error) {
      // Another container stored the same token first: same token, same value.
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async #read(tokens: readonly string[]): Promise<Map<string, Sealed>> {
    const found = new Map<string, Sealed>();
    for (const part of chunk(tokens, READ, () => 0)) {
      await deliver('Vault read', part, (left) => this.#readSome(left, found), this.#options);
    }
    return found;
  }

  /** Adds what was read to `found`; answers with the tokens that DynamoDB left unread. */
  async #readSome(tokens: readonly string[], found: Map<string, Sealed>) {
    const reply = await this.#dynamo.send(
      new BatchGetItemCommand({
        RequestItems: { [this.#table]: { Keys: tokens.map((token) => ({ token: { S: token } })) } },
      }),
    );
    for (const item of reply.Responses?.[this.#table] ?? []) {
      const token = item.token?.S;
      if (token)
        found.set(token, { key: bytesOf(item.wrapped_key, 'wrapped_key'), value: bytesOf(item.value, 'value') });
    }
    const left = reply.UnprocessedKeys?.[this.#table]?.Keys ?? [];
    return left.flatMap((key) => (key.token?.S ? [{ item: key.token.S, code: 'Unprocessed' }] : []));
  }
}

/** Undoes the sealing: 12 bytes nonce, ciphertext, 16 bytes tag. @throws when the bytes or the token were changed. */
function open(key: Uint8Array, sealed: Uint8Array, token: string): string {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(token));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8');
}
