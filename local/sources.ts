import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { shortHash } from '../functions/shared/hash.ts';
import { MATCHING_SOURCE } from '../functions/shared/match/source.ts';
import { OPERATORS, operatorsSource } from '../functions/shared/operators.ts';
import { Source } from '../schemas/event.ts';
import shipped from '../schemas/sources/retail.json' with { type: 'json' };

const validator = Compile(Source);

/** Origins on this machine: the embedded server listens on loopback only, so pages served from it may send. */
const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/** The ready-made sources, their write keys, and who may send from where. */
export class SourceRegistry {
  readonly #byKeyHash = new Map<string, Source>();
  readonly #byId = new Map<string, Source>();
  readonly #keys: Readonly<Record<string, string>>;
  readonly #origins: ReadonlySet<string>;
  readonly #extraOrigins: ReadonlySet<string>;

  /**
   * Keys are made at the first start and kept in `DIR/keys/sources.json`, readable by their owner alone.
   * @throws Error when a shipped source definition is not valid.
   */
  constructor(dataFolder: string, extraOrigins: readonly string[] = []) {
    const path = join(dataFolder, 'keys', 'sources.json');
    const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
    const keys: Record<string, string> = { ...stored };
    for (const source of shipped) {
      if (!validator.Check(source))
        throw new Error(`The source "${source.source_id}" in schemas/sources is not valid.`);
      if ([OPERATORS, MATCHING_SOURCE.source_id].includes(source.source_id))
        throw new Error(`The name "${source.source_id}" in schemas/sources is taken.`);
      keys[source.source_id] ??= `${source.class === 'secret' ? 'sk' : 'pk'}_${randomBytes(18).toString('base64url')}`;
      this.#byId.set(source.source_id, source);
      this.#byKeyHash.set(shortHash(keys[source.source_id] ?? '', 43), source);
    }
    if (Object.keys(keys).length > Object.keys(stored).length) {
      writeFileSync(path, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
    }
    // Without a key: only the API speaks for it.
    this.#byId.set(OPERATORS, operatorsSource('CN'));
    this.#byId.set(MATCHING_SOURCE.source_id, MATCHING_SOURCE);
    this.#keys = keys;
    this.#extraOrigins = new Set(extraOrigins);
    this.#origins = new Set([...this.#byId.values()].flatMap((source) => source.allowed_origins));
  }

  byKey = async (key: string): Promise<Source | undefined> => this.#byKeyHash.get(shortHash(key, 43));

  /** Sources whose key is in browsers and apps: those whose members a token can vouch for. */
  publicIds(): string[] {
    return [...this.#byId.values()].filter((source) => source.class === 'public').map((source) => source.source_id);
  }

  byId(id: string): Source | undefined {
    return this.#byId.get(id);
  }

  /** The write key of a source. */
  keyOf(id: string): string {
    const key = this.#keys[id];
    if (key === undefined) throw new Error(`There is no source "${id}".`);
    return key;
  }

  /** Write keys by source id. */
  keys(): Readonly<Record<string, string>> {
    return this.#keys;
  }

  isAllowedOrigin = (origin: string, source?: Source): boolean =>
    LOOPBACK.test(origin) ||
    this.#extraOrigins.has(origin) ||
    (source ? source.allowed_origins.includes(origin) : this.#origins.has(origin));
}
