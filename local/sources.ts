import { createSecretKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { MATCHING_SOURCE } from '../functions/shared/match/source.ts';
import { operatorsSource } from '../functions/shared/operators.ts';
import type { Clock } from '../functions/shared/seams.ts';
import { sourceOf } from '../functions/shared/sources/definition.ts';
import { isValid } from '../functions/shared/sources/keys.ts';
import { openSecrets } from '../functions/shared/sources/secrets.ts';
import type { Source } from '../schemas/event.ts';
import { loadKeys } from './keys.ts';
import { RecentCache } from './recent-cache.ts';
import { shipSources } from './shipped-sources.ts';
import { openSourceSecret, sealSourceSecret } from './source-secrets.ts';
import { SqliteSourceStore } from './source-store.ts';
import { inTransaction, openDatabase } from './sqlite.ts';

/** Origins on this machine: the embedded server listens on loopback only, so pages served from it may send. */
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
/** Enough for every key of a company; bounds what guessed keys can occupy. */
const MAX_REMEMBERED = 2_000;

/** What a key opens, until when. */
interface Remembered {
  readonly source: Source | undefined;
  readonly valid_until?: number;
}

export interface RegistryOptions {
  readonly extraOrigins?: readonly string[];
  readonly clock?: Clock;
  /** Put into a folder that does not have them; those in `schemas/sources` unless given. */
  readonly shipped?: readonly unknown[];
}

/**
 * The sources of a data folder, and who may send from where. They are in `DIR/sources.db`, keys as hashes and secrets sealed with
 * the master key; what another process changes there counts from the next request on.
 */
export class SourceRegistry {
  readonly store: SqliteSourceStore;
  readonly #fixed: ReadonlyMap<string, Source>;
  readonly #shippedKeys: Readonly<Record<string, string>>;
  readonly #extraOrigins: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #master: KeyObject;
  readonly #remembered = new RecentCache<string, Remembered>(MAX_REMEMBERED);
  #origins: ReadonlySet<string> | undefined;
  #known = '';

  /** @throws Error when a shipped definition is not valid, or the folder cannot be used */
  constructor(dataFolder: string, { extraOrigins = [], clock = { now: Date.now }, shipped }: RegistryOptions = {}) {
    this.#master = createSecretKey(loadKeys(dataFolder).master);
    const db = openDatabase(join(dataFolder, 'sources.db'));
    this.store = new SqliteSourceStore(db);
    this.#clock = clock;
    this.#shippedKeys = inTransaction(db, () =>
      shipSources(dataFolder, this.store, { now: clock.now(), sources: shipped }),
    );
    // Without a key: only the API speaks for it.
    this.#fixed = new Map([operatorsSource('CN'), MATCHING_SOURCE].map((source) => [source.source_id, source]));
    this.#extraOrigins = new Set(extraOrigins);
  }

  /** By a write key or an alias, `<protocol>:<value>` or `path:/…`; a key that has been replaced ends in time. */
  byKey = async (key: string): Promise<Source | undefined> => {
    this.#forgetIfChanged();
    let found = this.#remembered.get(key);
    if (found === undefined) {
      const opening = this.store.opening(key);
      found = opening === undefined ? { source: undefined } : { ...opening, source: sourceOf(opening.definition) };
      this.#remembered.set(key, found);
    }
    return isValid(found, this.#clock.now()) ? found.source : undefined;
  };

  /** The secrets of a source by name, oldest first where one is being replaced. */
  secretsOf = async (source_id: string): Promise<Readonly<Record<string, readonly string[]>>> => {
    const secrets = this.store.read(source_id)?.secrets ?? [];
    return openSecrets(secrets, this.#clock.now(), ({ sealed }) => openSourceSecret(this.#master, source_id, sealed));
  };

  /** A secret as it is kept: nothing but this data folder's master key opens it, and only as that source's. */
  seal = async (source_id: string, value: string): Promise<Uint8Array> =>
    sealSourceSecret(this.#master, source_id, value);

  /** Sources whose key is in browsers and apps: those whose members a token can vouch for. */
  publicIds(): string[] {
    return this.store.all().flatMap(({ definition: { class: of, source_id } }) => (of === 'public' ? [source_id] : []));
  }

  byId(id: string): Source | undefined {
    const fixed = this.#fixed.get(id);
    if (fixed) return fixed;
    const stored = this.store.read(id);
    return stored && sourceOf(stored.definition);
  }

  /** The first write key of a source that ships. */
  keyOf(id: string): string {
    const key = this.#shippedKeys[id];
    if (key === undefined) throw new Error(`There is no source "${id}" among those that ship.`);
    return key;
  }

  /** The first write keys of the sources that ship, by id. */
  keys(): Readonly<Record<string, string>> {
    return this.#shippedKeys;
  }

  isAllowedOrigin = (origin: string, source?: Source): boolean =>
    LOOPBACK.test(origin) ||
    this.#extraOrigins.has(origin) ||
    (source ? source.allowed_origins.includes(origin) : this.#allOrigins().has(origin));

  close(): void {
    this.store.close();
  }

  #allOrigins(): ReadonlySet<string> {
    this.#forgetIfChanged();
    this.#origins ??= new Set(this.store.all().flatMap(({ definition }) => definition.allowed_origins));
    return this.#origins;
  }

  #forgetIfChanged(): void {
    const known = this.store.state();
    if (known === this.#known) return;
    this.#known = known;
    this.#remembered.clear();
    this.#origins = undefined;
  }
}
