import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { type IdentitySecrets, parseIdentitySecrets } from '../shared/identity-secrets.ts';

/** The one item of the vault's table that holds identity secrets. */
const ITEM = 'identity-secrets';

type Clients = { readonly dynamo: DynamoDBClient; readonly kms: KMSClient };
type Names = { readonly table: string; readonly keyId: string };

/**
 * Identity secrets on AWS: item `identity-secrets` of the vault's table, with a map from source to its list of secrets as JSON,
 * encrypted by KMS for that source alone. What was decrypted is remembered by its ciphertext, so reading again costs one GetItem.
 */
export class DynamoIdentitySecrets {
  readonly #clients: Clients;
  readonly #names: Names;
  #opened = new Map<string, IdentitySecrets[string]>();

  constructor(clients: Clients, names: Names) {
    this.#clients = clients;
    this.#names = names;
  }

  /** Empty where none was ever stored. @throws IdentitySecretError naming the source; what the table or KMS throws */
  async load(): Promise<IdentitySecrets> {
    const { Item } = await this.#clients.dynamo.send(
      new GetItemCommand({ TableName: this.#names.table, Key: { token: { S: ITEM } } }),
    );
    const opened = new Map<string, IdentitySecrets[string]>();
    const all: IdentitySecrets = {};
    for (const [source_id, { B: sealed }] of Object.entries(Item?.secrets?.M ?? {})) {
      if (sealed === undefined) continue;
      const name = `${source_id}:${Buffer.from(sealed).toString('base64')}`;
      const secrets = this.#opened.get(name) ?? (await this.#open(source_id, sealed));
      opened.set(name, secrets);
      all[source_id] = secrets;
    }
    this.#opened = opened;
    return all;
  }

  async #open(source_id: string, CiphertextBlob: Uint8Array): Promise<IdentitySecrets[string]> {
    const { table, keyId: KeyId } = this.#names;
    const EncryptionContext = { purpose: ITEM, source: source_id };
    const { Plaintext } = await this.#clients.kms.send(
      new DecryptCommand({ CiphertextBlob, KeyId, EncryptionContext }),
    );
    const text = `{${JSON.stringify(source_id)}:${Buffer.from(Plaintext ?? []).toString('utf8')}}`;
    return parseIdentitySecrets(text, `Table ${table}, item ${ITEM}, source ${source_id}`)[source_id] ?? [];
  }
}
