import { createSecretKey, type KeyObject } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { Source } from '../../schemas/event.ts';

/** Two are enough for a rotation with overlap; more would only be forgotten ones. */
export const MAX_SECRETS_PER_SOURCE = 4;

/**
 * What a company's server signs its members' identity tokens with, by source, oldest first. Any secret of a source verifies, so a
 * new one can be known here before servers sign with it, and an old one stays until the last token signed with it has ended.
 */
export const IdentitySecrets = Type.Record(
  Source.properties.source_id,
  Type.Array(
    Type.Object(
      {
        /** Name of the secret, to remove it by; not itself secret. */
        id: Type.String({ pattern: '^[A-Za-z0-9_-]{4,40}$' }),
        /** The HMAC key is the UTF-8 bytes of this text, as it stands. */
        secret: Type.String({ minLength: 32, maxLength: 256 }),
        created_at: Type.String({ format: 'date-time' }),
      },
      { additionalProperties: false },
    ),
    { minItems: 1, maxItems: MAX_SECRETS_PER_SOURCE },
  ),
  { additionalProperties: false, maxProperties: 500 },
);
export type IdentitySecrets = Static<typeof IdentitySecrets>;
export type IdentitySecret = IdentitySecrets[string][number];

/** The secrets cannot be used or changed as asked; the message never holds one. */
export class IdentitySecretError extends Error {
  override name = 'IdentitySecretError';
}

const validator = Compile(IdentitySecrets);

/** Reads stored secrets. `place` names where they are stored. @throws IdentitySecretError */
export function parseIdentitySecrets(text: string, place: string): IdentitySecrets {
  const value = parsed(text);
  if (validator.Check(value)) return value;
  throw new IdentitySecretError(`${place} does not hold identity secrets by source. Restore it from a backup.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A new secret of 256 bits; `random` gives that many bytes. */
export const makeIdentitySecret = (random: (bytes: number) => Buffer, now: number): IdentitySecret => ({
  id: random(6).toString('base64url'),
  secret: `ids_${random(32).toString('base64url')}`,
  created_at: new Date(now).toISOString(),
});

/** With one more secret of a source. @throws IdentitySecretError when the source has as many as it may */
export function withSecret(all: IdentitySecrets, source_id: string, secret: IdentitySecret): IdentitySecrets {
  const own = all[source_id] ?? [];
  if (own.length >= MAX_SECRETS_PER_SOURCE) {
    const message = `The source "${source_id}" has ${own.length} identity secrets; remove one that is no longer signed with.`;
    throw new IdentitySecretError(message);
  }
  return { ...all, [source_id]: [...own, secret] };
}

/** Without one secret of a source: what it signed proves nothing any more. @throws IdentitySecretError when there is none */
export function withoutSecret(all: IdentitySecrets, source_id: string, id: string): IdentitySecrets {
  const left = (all[source_id] ?? []).filter((secret) => secret.id !== id);
  if (left.length === (all[source_id] ?? []).length) {
    throw new IdentitySecretError(`The source "${source_id}" has no identity secret "${id.slice(0, 40)}".`);
  }
  const { [source_id]: _, ...others } = all;
  return left.length === 0 ? others : { ...others, [source_id]: left };
}

/** The keys that tokens of a source are verified with. */
export type IdentityKeys = (source_id: string) => readonly KeyObject[];

const NONE: readonly KeyObject[] = [];

/** Makes stored secrets ready to verify with. */
export function identityKeys(all: IdentitySecrets): IdentityKeys {
  const keys = new Map(
    Object.entries(all).map(([source_id, secrets]) => [
      source_id,
      secrets.map(({ secret }) => createSecretKey(secret, 'utf8')),
    ]),
  );
  return (source_id) => keys.get(source_id) ?? NONE;
}
