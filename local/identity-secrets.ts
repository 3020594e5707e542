import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type IdentityKeys,
  IdentitySecretError,
  type IdentitySecrets,
  identityKeys,
  makeIdentitySecret,
  parseIdentitySecrets,
  withoutSecret,
  withSecret,
} from '../functions/shared/identity-secrets.ts';

const PRIVATE_FILE_MODE = 0o600;
const OTHERS_MAY_READ = 0o077;

/**
 * The identity secrets of a data folder: `keys/identity-secrets.json`, readable by its owner alone. Made at the first start with one
 * secret for each source given. A running server reads the file anew when it changed, so a rotation needs no restart.
 */
export class IdentitySecretFile {
  readonly #path: string;
  #read: { readonly changed: number; readonly all: IdentitySecrets; readonly keys: IdentityKeys } | undefined;

  /** @throws IdentitySecretError when the file is damaged or others may read it */
  constructor(dataFolder: string, { first, now }: { first: readonly string[]; now: number }) {
    this.#path = join(dataFolder, 'keys', 'identity-secrets.json');
    if (!existsSync(this.#path)) {
      const made = first.map((source_id) => [source_id, [makeIdentitySecret(randomBytes, now)]]);
      this.#write(Object.fromEntries(made));
    }
    this.all();
  }

  /** The secrets by source, as they stand in the file now. @throws IdentitySecretError */
  all(): IdentitySecrets {
    return this.#current().all;
  }

  keysOf: IdentityKeys = (source_id) => this.#current().keys(source_id);

  /** Adds a secret to a source; answers with it. @throws IdentitySecretError when the source has as many as it may */
  add(source_id: string, now: number): IdentitySecrets[string][number] {
    const secret = makeIdentitySecret(randomBytes, now);
    this.#write(withSecret(this.all(), source_id, secret));
    return secret;
  }

  /** @throws IdentitySecretError when there is no such secret */
  remove(source_id: string, id: string): void {
    this.#write(withoutSecret(this.all(), source_id, id));
  }

  #current() {
    const { mode, mtimeNs } = statSync(this.#path, { bigint: true });
    const changed = Number(mtimeNs);
    if (this.#read?.changed === changed) return this.#read;
    if (process.platform !== 'win32' && (Number(mode) & OTHERS_MAY_READ) !== 0) {
      throw new IdentitySecretError(`Others may read ${this.#path}; run chmod 600 on it, and replace its secrets.`);
    }
    const all = parseIdentitySecrets(readFileSync(this.#path, 'utf8'), this.#path);
    this.#read = { changed, all, keys: identityKeys(all) };
    return this.#read;
  }

  /** Written aside and renamed: a reader sees the file before or after, never half of it. */
  #write(all: IdentitySecrets): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.${randomBytes(6).toString('hex')}`;
    writeFileSync(draft, `${JSON.stringify(all, null, 2)}\n`, { mode: PRIVATE_FILE_MODE, flush: true });
    renameSync(draft, this.#path);
    this.#read = undefined;
  }
}
