import type { SourceDefinition } from '../../../schemas/source.ts';
import { priorityOf } from './definition.ts';
import { isValid, type StoredKey } from './keys.ts';
import type { StoredSecret, StoredSource } from './store.ts';

/** A key or a secret as it is shown: enough to tell it apart, too little to use it. */
export interface ShownKey {
  readonly id: string;
  readonly last4: string | null;
  readonly created_at: string;
  readonly valid_until: string | null;
  readonly state: 'valid' | 'ending' | 'ended';
}

export interface ShownSecret extends Omit<ShownKey, 'last4'> {
  readonly name: string;
}

export interface ShownSource extends Omit<SourceDefinition, 'disabled'> {
  readonly state: 'enabled' | 'disabled';
  readonly disabled: SourceDefinition['disabled'] | null;
  /** 0..100; null where nobody has marked it. */
  readonly priority: number | null;
  readonly version: number;
  readonly keys: readonly ShownKey[];
  readonly secrets: readonly ShownSecret[];
}

/** A source as the API shows it. @param now epoch ms @param measured activity, 0..5, where none is declared */
export function viewOf(
  { definition, version, keys, secrets }: StoredSource,
  now: number,
  measured?: number,
): ShownSource {
  return {
    ...definition,
    state: definition.disabled === undefined ? 'enabled' : 'disabled',
    disabled: definition.disabled ?? null,
    priority: priorityOf(definition, measured) ?? null,
    version,
    keys: keys.map((key) => ({ ...shown(key, now), last4: key.last4 ?? null })),
    secrets: secrets.map((secret) => ({ ...shown(secret, now), name: secret.name })),
  };
}

function shown(of: StoredKey | StoredSecret, now: number): Omit<ShownKey, 'last4'> {
  const { id, created_at, valid_until } = of;
  const state = valid_until === undefined ? 'valid' : isValid(of, now) ? 'ending' : 'ended';
  const end = valid_until === undefined ? null : new Date(valid_until).toISOString();
  return { id, created_at, valid_until: end, state };
}

/** Sources from the most to the least trusted by their priority, for a ranking of survivorship; those without one are left out. */
export const rankingOf = (sources: readonly ShownSource[]): string[] =>
  sources
    .filter(({ priority }) => priority !== null)
    .toSorted((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.source_id < b.source_id ? -1 : 1))
    .map(({ source_id }) => source_id);
