import type { SourceDefinition } from '../../../schemas/source.ts';
import { definitionFault } from './definition.ts';
import { SourceError } from './error.ts';
import { isValid, MAX_KEYS_PER_SOURCE, makeWriteKey, type StoredKey, storedKey } from './keys.ts';
import type { ProtocolFacts } from './protocols.ts';
import { withoutSecret, withSecret } from './secrets.ts';
import type { SourceChange, SourceStore, StoredSecret, StoredSource } from './store.ts';

/** Who asks for a change, and why: both are kept with it. */
export interface Asking {
  readonly by: string;
  readonly why: string;
}

export interface SourceDeskDeps {
  readonly store: SourceStore;
  readonly protocols: ProtocolFacts;
  /** Epoch ms. */
  now(): number;
  random(bytes: number): Buffer;
  /** Encrypts a platform's secret so that only the collector opens it, and only as that source's. */
  seal(source_id: string, value: string): Promise<Uint8Array>;
}

/** A key that was just made; nowhere else is it whole again. */
export interface NewKey {
  readonly source: StoredSource;
  readonly key: string;
  readonly stored: StoredKey;
}

/** The parts of a source that a change may replace. */
type Next = Partial<Pick<StoredSource, 'definition' | 'keys' | 'secrets'>>;

/** Longest time that a replaced key or secret goes on counting. */
export const MAX_OVERLAP_MS = 365 * 86_400_000;

/** How long, and how many, keys are shown that have ended. */
const SHOWN_ENDED_MS = 30 * 86_400_000;
const MAX_ENDED = 10;

/**
 * The sources of a deployment, to look at and to change: every change is checked, made whole or not at all, and kept with who
 * asked for it and why. The same for every binding.
 */
export class SourceDesk {
  readonly #deps: SourceDeskDeps;

  constructor(deps: SourceDeskDeps) {
    this.#deps = deps;
  }

  /** The wire formats that a source can have. */
  get protocols(): { readonly name: string; readonly signed: boolean }[] {
    const { names, isSigned } = this.#deps.protocols;
    return names.map((name) => ({ name, signed: isSigned(name) }));
  }

  list(): Promise<readonly StoredSource[]> {
    return this.#deps.store.list();
  }

  /** @throws SourceError when there is none */
  async get(source_id: string): Promise<StoredSource> {
    const found = await this.#deps.store.get(source_id);
    if (found) return found;
    throw new SourceError('not_found', `There is no source "${source_id.slice(0, 40)}"; GET /api/sources lists them.`);
  }

  changes(source_id: string, limit: number): Promise<readonly SourceChange[]> {
    return this.#deps.store.changes(source_id, limit);
  }

  /** A new source with its first key. @throws SourceError */
  async create(value: unknown, asking: Asking): Promise<NewKey> {
    const definition = this.#checked(value);
    const { source_id } = definition;
    const now = this.#deps.now();
    const there = await this.#deps.store.get(source_id);
    if (there && there.version > 0) {
      throw new SourceError('taken', `There is a source "${source_id}" already; choose another name or change it.`);
    }
    const key = makeWriteKey(definition, this.#deps.random);
    const stored = storedKey(key, now);
    const before = there ?? { definition, version: 0, keys: [], secrets: [] };
    const next = { definition, keys: [...before.keys, stored] };
    const source = await this.#commit(before, next, { ...asking, action: 'create', detail: `key ${stored.id}` });
    return { source, key, stored };
  }

  /**
   * Replaces fields of a definition; `null` takes one away. The class stays, since keys are made for it, and so does the name.
   * @throws SourceError
   */
  async change(source_id: string, fields: Readonly<Record<string, unknown>>, asking: Asking): Promise<StoredSource> {
    const before = await this.get(source_id);
    for (const fixed of ['source_id', 'class', 'disabled'] as const) {
      if (!(fixed in fields) || fields[fixed] === before.definition[fixed]) continue;
      const how = fixed === 'disabled' ? 'Use …/disable and …/enable.' : 'Make another source, and disable this one.';
      throw new SourceError('invalid', `/${fixed}: This cannot be changed. ${how}`);
    }
    const merged = Object.entries({ ...before.definition, ...fields }).filter(([, value]) => value !== null);
    const definition = this.#checked(Object.fromEntries(merged));
    return this.#commit(
      before,
      { definition },
      { ...asking, action: 'change', detail: Object.keys(fields).join(', ') },
    );
  }

  /** Switches a source off: what comes with its keys is refused, until it is switched on again. @throws SourceError */
  async disable(source_id: string, asking: Asking): Promise<StoredSource> {
    const before = await this.get(source_id);
    const disabled = { at: new Date(this.#deps.now()).toISOString(), by: asking.by, why: asking.why };
    const definition = { ...before.definition, disabled };
    return this.#commit(before, { definition }, { ...asking, action: 'disable', detail: '' });
  }

  /** @throws SourceError */
  async enable(source_id: string, asking: Asking): Promise<StoredSource> {
    const before = await this.get(source_id);
    const { disabled: _, ...definition } = before.definition;
    return this.#commit(before, { definition }, { ...asking, action: 'enable', detail: '' });
  }

  /** A new key, valid at once; those that there are end after the overlap. @throws SourceError */
  async rotate(source_id: string, overlapMs: number, asking: Asking): Promise<NewKey> {
    const before = await this.get(source_id);
    const now = this.#deps.now();
    const until = now + overlapMs;
    const valid = before.keys.filter((key) => isValid(key, now));
    if (valid.length >= MAX_KEYS_PER_SOURCE) {
      throw new SourceError('conflict', `The source has ${valid.length} valid keys; take one away that nobody uses.`);
    }
    const key = makeWriteKey(before.definition, this.#deps.random);
    const stored = storedKey(key, now);
    const ending = valid.map((old) => ({ ...old, valid_until: Math.min(old.valid_until ?? until, until) }));
    const ended = before.keys.filter(
      ({ valid_until = Number.POSITIVE_INFINITY }) => valid_until <= now && valid_until > now - SHOWN_ENDED_MS,
    );
    const detail = `key ${stored.id}; the others until ${new Date(until).toISOString()}`;
    const keys = [...ended.slice(-MAX_ENDED), ...ending, stored];
    const source = await this.#commit(before, { keys }, { ...asking, action: 'rotate', detail });
    return { source, key, stored };
  }

  /** Takes a key away at once. @throws SourceError */
  async removeKey(source_id: string, id: string, asking: Asking): Promise<StoredSource> {
    const before = await this.get(source_id);
    const keys = before.keys.filter((key) => key.id !== id);
    if (keys.length === before.keys.length) {
      throw new SourceError('not_found', `The source "${source_id}" has no key "${id.slice(0, 40)}".`);
    }
    return this.#commit(before, { keys }, { ...asking, action: 'remove_key', detail: `key ${id}` });
  }

  /** Gives a source a platform's secret; what it replaces goes on counting during the overlap. @throws SourceError */
  async putSecret(
    source_id: string,
    secret: { readonly name: string; readonly value: string; readonly overlapMs: number },
    asking: Asking,
  ): Promise<StoredSource> {
    const before = await this.get(source_id);
    const now = this.#deps.now();
    const made: StoredSecret = {
      name: secret.name,
      id: this.#deps.random(6).toString('hex'),
      sealed: await this.#deps.seal(source_id, secret.value),
      created_at: new Date(now).toISOString(),
    };
    const secrets = withSecret(before.secrets, made, { now, until: now + secret.overlapMs });
    return this.#commit(before, { secrets }, { ...asking, action: 'put_secret', detail: `${made.name} ${made.id}` });
  }

  /** Takes every secret of a name away. @throws SourceError */
  async removeSecret(source_id: string, name: string, asking: Asking): Promise<StoredSource> {
    const before = await this.get(source_id);
    const secrets = withoutSecret(before.secrets, name);
    return this.#commit(before, { secrets }, { ...asking, action: 'remove_secret', detail: name });
  }

  #checked(value: unknown): SourceDefinition {
    const fault = definitionFault(value, this.#deps.protocols);
    if (fault) throw new SourceError('invalid', `${fault.at}: ${fault.message}`);
    return value as SourceDefinition;
  }

  async #commit(before: StoredSource, next: Next, change: Omit<SourceChange, 'at'>): Promise<StoredSource> {
    const at = new Date(this.#deps.now()).toISOString();
    const after = { ...before, ...next };
    const { definition, keys, secrets } = after;
    const parts = { definition, keys, secrets, expected: before.version, change: { at, ...change } };
    const committed = await this.#deps.store.commit(parts);
    if (committed === 'done') return { ...after, version: before.version + 1 };
    if (committed === 'taken') {
      throw new SourceError('taken', '/aliases: Another source has one of these aliases; each stands for one source.');
    }
    throw new SourceError('conflict', 'Somebody else changed the source at the same time. Look at it and try again.');
  }
}
