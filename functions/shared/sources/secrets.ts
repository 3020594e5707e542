import { SourceError } from './error.ts';
import { isValid } from './keys.ts';
import type { StoredSecret } from './store.ts';

/** Two while one replaces the other. */
const MAX_PER_NAME = 2;
const MAX_NAMES = 10;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** KMS encrypts 4 KiB at once. */
export const MAX_SECRET_BYTES = 4_000;

/**
 * With a secret more; an older one of its name ends with the overlap, and what has ended is forgotten.
 * @throws SourceError
 */
export function withSecret(
  all: readonly StoredSecret[],
  made: StoredSecret,
  { now, until }: { readonly now: number; readonly until: number },
): StoredSecret[] {
  if (!NAME.test(made.name)) {
    throw new SourceError('invalid', 'A secret is named in lower case: token, encoding_aes_key, app_secret.');
  }
  const valid = all.filter((secret) => isValid(secret, now));
  const others = valid.filter(({ name }) => name !== made.name);
  if (new Set(others.map(({ name }) => name)).size >= MAX_NAMES) {
    throw new SourceError('invalid', `A source has secrets of ${MAX_NAMES} names at most.`);
  }
  const replaced = until <= now ? [] : valid.filter(({ name }) => name === made.name).slice(1 - MAX_PER_NAME);
  const ending = replaced.map((old) => ({ ...old, valid_until: Math.min(old.valid_until ?? until, until) }));
  return [...others, ...ending, made];
}

/** Without those of a name. @throws SourceError when there are none */
export function withoutSecret(all: readonly StoredSecret[], name: string): StoredSecret[] {
  const left = all.filter((secret) => secret.name !== name);
  if (left.length < all.length) return left;
  throw new SourceError('not_found', `The source has no secret "${name.slice(0, 40)}".`);
}

/** What counts of a source's secrets, by name and oldest first, each opened. */
export async function openSecrets(
  all: readonly StoredSecret[],
  now: number,
  open: (secret: StoredSecret) => Promise<string> | string,
): Promise<Record<string, readonly string[]>> {
  const opened: Record<string, readonly string[]> = {};
  const inOrder = all
    .filter((secret) => isValid(secret, now))
    .toSorted((a, b) => (a.created_at < b.created_at ? -1 : 1));
  for (const secret of inOrder) opened[secret.name] = [...(opened[secret.name] ?? []), await open(secret)];
  return opened;
}
