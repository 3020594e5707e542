import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { Clock } from '../shared/seams.ts';
import { secretsOfItem, sourceKey } from '../shared/sources/dynamo-items.ts';
import { openWithKms } from '../shared/sources/kms-open.ts';
import { openSecrets } from '../shared/sources/secrets.ts';
import type { StoredSecret } from '../shared/sources/store.ts';

type Clients = { readonly dynamo: DynamoDBClient; readonly kms: KMSClient };
type Names = { readonly table: string; readonly keyId: string };

/** A company has few platforms; bounds what a table that is not the right one could occupy. */
const MAX_REMEMBERED = 500;

interface Remembered {
  readonly until: number;
  readonly secrets: readonly StoredSecret[];
}

/**
 * Platforms' secrets on AWS, as the `source:` items of the table hold them, each encrypted by KMS for its source alone. Read again
 * once `known_seconds` are over; what was decrypted is remembered by its ciphertext, so that reading again costs one GetItem.
 */
export class DynamoSourceSecrets {
  readonly #clients: Clients;
  readonly #names: Names;
  readonly #options: { readonly clock: Clock; readonly known_seconds: number };
  readonly #read = new Map<string, Remembered>();
  readonly #open: ReturnType<typeof openWithKms>;

  constructor(clients: Clients, names: Names, options: { readonly clock: Clock; readonly known_seconds: number }) {
    this.#clients = clients;
    this.#names = names;
    this.#options = options;
    this.#open = openWithKms(clients.kms, names.keyId);
  }

  /** By name, oldest first; empty where the source has none. @throws what the table or KMS throws */
  async of(source_id: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const now = this.#options.clock.now();
    const known = this.#read.get(source_id);
    const secrets = known && known.until > now ? known.secrets : await this.#load(source_id, now);
    return openSecrets(secrets, now, (secret) => this.#open(source_id, secret));
  }

  async #load(source_id: string, now: number): Promise<readonly StoredSecret[]> {
    const { Item = {} } = await this.#clients.dynamo.send(
      new GetItemCommand({ TableName: this.#names.table, Key: { key_hash: { S: sourceKey(source_id) } } }),
    );
    const secrets = secretsOfItem(Item);
    if (this.#read.size >= MAX_REMEMBERED) this.#read.clear();
    this.#read.set(source_id, { secrets, until: now + this.#options.known_seconds * 1000 });
    return secrets;
  }
}
