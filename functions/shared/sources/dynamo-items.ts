import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { Compile } from 'typebox/compile';
import { Source } from '../../../schemas/event.ts';
import { SourceDefinition } from '../../../schemas/source.ts';
import type { StoredKey } from './keys.ts';
import type { StoredSecret } from './store.ts';

/**
 * The table of sources has four kinds of items under `key_hash`: under the hash of a write key, the source that travels with events
 * and when the key ends; the same under the hash of an alias; `source:<id>`, the definition, its version and its sealed secrets;
 * `change:<id>:<version>`, who changed what.
 */
export type Item = Record<string, AttributeValue>;

const travelling = Compile(Source);
const managed = Compile(SourceDefinition);
const ID_CHARS = 12;
/** Whoever answers for a source that was given a key before anybody described it. */
const NOBODY = 'unknown';

/** For a scan that leaves aliases and changes out. */
export const NEITHER_ALIAS_NOR_CHANGE = 'attribute_not_exists(alias_of) AND attribute_not_exists(source_change)';

export const sourceKey = (source_id: string): string => `source:${source_id}`;
export const changeKey = (source_id: string, version: number): string => `change:${source_id}:${version}`;

const number = (value: AttributeValue | undefined): { valid_until?: number } =>
  value?.N === undefined ? {} : { valid_until: Number(value.N) };

/** The source under a key or an alias. */
export function sourceOfItem(item: Item): Source | undefined {
  const source: unknown = JSON.parse(item.source?.S ?? 'null');
  return travelling.Check(source) ? source : undefined;
}

/** The definition in a `source:` item; undefined where it is not valid. */
export function definitionOfItem(item: Item): SourceDefinition | undefined {
  const definition: unknown = JSON.parse(item.definition?.S ?? 'null');
  return managed.Check(definition) ? definition : undefined;
}

/** A source that is known by its key alone. */
export function undescribed({ disabled, ...source }: Source, at: string): SourceDefinition {
  return { ...source, owner: NOBODY, ...(disabled && { disabled: { at, by: NOBODY, why: NOBODY } }) };
}

export function keyOfItem(item: Item): StoredKey {
  const hash = item.key_hash?.S ?? '';
  return {
    id: hash.slice(0, ID_CHARS),
    hash,
    ...(item.last4?.S !== undefined && { last4: item.last4.S }),
    created_at: item.created_at?.S ?? '',
    ...number(item.valid_until),
  };
}

export const secretsOfItem = (item: Item): StoredSecret[] =>
  (item.secrets?.L ?? []).map(({ M = {} }) => ({
    name: M.name?.S ?? '',
    id: M.id?.S ?? '',
    sealed: M.sealed?.B ?? new Uint8Array(),
    created_at: M.created_at?.S ?? '',
    ...number(M.valid_until),
  }));

const until = ({ valid_until }: { readonly valid_until?: number }): Item =>
  valid_until === undefined ? {} : { valid_until: { N: String(valid_until) } };

export const keyItem = (key: StoredKey, source: string): Item => ({
  key_hash: { S: key.hash },
  source: { S: source },
  created_at: { S: key.created_at },
  ...(key.last4 !== undefined && { last4: { S: key.last4 } }),
  ...until(key),
});

export const aliasItem = (hash: string, source: string, source_id: string): Item => ({
  key_hash: { S: hash },
  source: { S: source },
  alias_of: { S: source_id },
});

export const recordItem = (definition: SourceDefinition, version: number, secrets: readonly StoredSecret[]): Item => ({
  key_hash: { S: sourceKey(definition.source_id) },
  definition: { S: JSON.stringify(definition) },
  version: { N: String(version) },
  secrets: {
    L: secrets.map((secret) => ({
      M: {
        name: { S: secret.name },
        id: { S: secret.id },
        sealed: { B: secret.sealed },
        created_at: { S: secret.created_at },
        ...until(secret),
      },
    })),
  },
});
