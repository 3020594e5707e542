import { createSecretKey, type KeyObject } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Vault } from '../functions/shared/seams.ts';
import { type Envelope, open, seal } from './envelope.ts';
import { RecentCache } from './recent-cache.ts';
import { inTransaction, migrate } from './sqlite.ts';

const MIGRATIONS = [
  'CREATE TABLE vault(token TEXT PRIMARY KEY, key BLOB NOT NULL, iv BLOB NOT NULL, body BLOB NOT NULL)',
];

const DEFAULT_KNOWN_TOKENS = 200_000;
/** A sealed empty value that tells at start whether the master key is the right one. No token looks like it. */
const KEY_CHECK = '#key-check';

/** A sealed value does not open: the master key is another one, or the row was changed. */
export class VaultError extends Error {
  override name = 'VaultError';
}

export interface SqliteVaultOptions {
  /** 32 bytes, see `loadKeys`. */
  readonly master: Uint8Array;
  /** Tokens remembered as stored, so that repeats cost nothing. */
  readonly knownTokens?: number;
}

/**
 * Raw values of personal identifiers for the embedded binding, each under a key of its own. Best in a database file of its
 * own: what is forgotten must also leave the write-ahead log, which `forget` sees to outside a transaction.
 */
export class SqliteVault implements Vault {
  readonly #db: DatabaseSync;
  readonly #master: KeyObject;
  readonly #known: RecentCache<string, true>;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #delete: StatementSync;

  /** @throws VaultError when the master key does not belong to this vault. */
  constructor(db: DatabaseSync, options: SqliteVaultOptions) {
    db.exec('PRAGMA secure_delete = ON');
    migrate(db, 'vault', MIGRATIONS);
    this.#db = db;
    this.#master = createSecretKey(options.master);
    this.#known = new RecentCache(options.knownTokens ?? DEFAULT_KNOWN_TOKENS);
    this.#insert = db.prepare('INSERT INTO vault VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#select = db.prepare('SELECT key, iv, body FROM vault WHERE token = ?');
    this.#delete = db.prepare('DELETE FROM vault WHERE token = ?');
    if (this.#select.get(KEY_CHECK) === undefined) this.#seal(KEY_CHECK, '');
    else this.#open(KEY_CHECK);
  }

  /** Stores values that are new; a token stands for one value, so a known token is left alone. */
  async store(entries: readonly { token: string; value: string }[]): Promise<void> {
    const unknown = entries.filter(({ token }) => this.#known.get(token) === undefined);
    const fresh = unknown.filter(({ token }) => this.#select.get(token) === undefined);
    if (fresh.length > 0) {
      inTransaction(this.#db, () => {
        for (const { token, value } of fresh) this.#seal(token, value);
      });
    }
    for (const { token } of unknown) this.#known.set(token, true);
  }

  /**
   * The values of those tokens that are stored.
   * @throws VaultError naming the token whose row does not open.
   */
  async reveal(tokens: readonly string[]): Promise<Map<string, string>> {
    const values = new Map<string, string>();
    for (const token of tokens) {
      const value = token === KEY_CHECK ? undefined : this.#open(token);
      if (value !== undefined) values.set(token, value);
    }
    return values;
  }

  /** Destroys the values and their keys. Outside a transaction they have left every file when it resolves. */
  async forget(tokens: readonly string[]): Promise<void> {
    inTransaction(this.#db, () => {
      for (const token of tokens) if (token !== KEY_CHECK) this.#delete.run(token);
    });
    for (const token of tokens) this.#known.delete(token);
    if (this.#db.isTransaction) return;
    const checkpoint = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (checkpoint?.busy !== 0) {
      throw new VaultError('The values are deleted, but a reader keeps the log of the vault; forget them again.');
    }
  }

  /** To be called after an enclosing transaction was rolled back: what is remembered as stored may not be. */
  rolledBack(): void {
    this.#known.clear();
  }

  #seal(token: string, value: string): void {
    const { key, iv, body } = seal(this.#master, token, value);
    this.#insert.run(token, key, iv, body);
  }

  #open(token: string): string | undefined {
    const row = this.#select.get(token);
    if (row === undefined) return undefined;
    try {
      return open(this.#master, token, envelopeOf(row));
    } catch (cause) {
      throw new VaultError(
        `The vault's value for ${token} does not open: another master key, or the row was changed. Restore both from one backup.`,
        { cause },
      );
    }
  }
}

function envelopeOf({ key, iv, body }: Record<string, unknown>): Envelope {
  if (key instanceof Uint8Array && iv instanceof Uint8Array && body instanceof Uint8Array) return { key, iv, body };
  throw new Error('The row is not made of bytes.');
}
