import type { MappingDefinition } from '../../../schemas/mapping.ts';
import type { DocStore } from '../doc-store.ts';
import type { Clock } from '../seams.ts';
import { type CompiledMapping, compileMapping, MappingError } from './mapping.ts';

/** One document of the person table for each mapping, and one with their names: a table cannot be asked for a prefix. */
export const mappingKey = (name: string): string => `map:${name}`;
/** Keys of all of these, as a policy names them. */
export const MAPPING_KEYS = 'map:*';
const NAMES_KEY = 'map:|names';
const MAX_MAPPINGS = 500;

/** Versions that are kept to go back to; the document stays well below what a store holds. */
const MAX_HISTORY = 12;

/** How long a container trusts what it knows of a mapping. */
const CACHE_SECONDS = 60;

/** One version of a mapping, who made it and why. */
export interface MappingVersion {
  readonly definition: MappingDefinition;
  readonly at: string;
  readonly by: string;
  readonly why: string;
}

/** Latest last: that one is in force. */
export interface MappingDoc {
  readonly versions: readonly MappingVersion[];
}

/** Every version of a mapping that is kept; none where it was never stored. */
export async function readMapping(
  store: Pick<DocStore, 'get'>,
  name: string,
): Promise<{ readonly versions: readonly MappingVersion[]; readonly stored: number }> {
  const found = (await store.get([mappingKey(name)])).get(mappingKey(name));
  const body = found?.body as MappingDoc | undefined;
  return { versions: body?.versions ?? [], stored: found?.version ?? 0 };
}

/** Somebody else changed the mapping meanwhile: look at it again, then decide. */
export class MappingConflict extends Error {
  override name = 'MappingConflict';
}

/**
 * Puts a mapping in force: its version becomes one more than the last.
 * @throws MappingError where it is not valid; MappingConflict
 */
export async function putMapping(
  store: DocStore,
  definition: Omit<MappingDefinition, 'version'>,
  change: Pick<MappingVersion, 'at' | 'by' | 'why'>,
): Promise<MappingDefinition> {
  const { versions, stored } = await readMapping(store, definition.mapping);
  const version = (versions.at(-1)?.definition.version ?? 0) + 1;
  const next: MappingDefinition = { ...definition, version };
  await compileMapping(next);
  const body: MappingDoc = { versions: [...versions, { definition: next, ...change }].slice(-MAX_HISTORY) };
  const known = await namesOf(store);
  const names = [...new Set([...known.names, definition.mapping])].sort();
  if (names.length > MAX_MAPPINGS) throw new MappingError(`There are ${MAX_MAPPINGS} mappings; change one of them.`);
  const isNew = names.length > known.names.length;
  const result = await store.commit([
    { key: mappingKey(definition.mapping), expected: stored, body },
    ...(isNew ? [{ key: NAMES_KEY, expected: known.stored, body: { names } }] : []),
  ]);
  if (!result.ok)
    throw new MappingConflict(`The mapping "${definition.mapping}" was changed by somebody else; read it again.`);
  return next;
}

async function namesOf(store: Pick<DocStore, 'get'>): Promise<{ names: readonly string[]; stored: number }> {
  const found = (await store.get([NAMES_KEY])).get(NAMES_KEY);
  const body = found?.body as { readonly names: readonly string[] } | undefined;
  return { names: body?.names ?? [], stored: found?.version ?? 0 };
}

/** The version in force of every stored mapping, by name. */
export async function listMappings(store: Pick<DocStore, 'get'>): Promise<MappingVersion[]> {
  const { names } = await namesOf(store);
  const found = await store.get(names.map(mappingKey));
  return names.flatMap((name) => (found.get(mappingKey(name))?.body as MappingDoc | undefined)?.versions.at(-1) ?? []);
}

interface Known {
  readonly mapping: CompiledMapping | undefined;
  readonly stored: number;
  readonly until: number;
}

/**
 * The mappings in force as one container knows them, each read at first use and again once it is older than a minute. Compiled once for
 * each version.
 * @returns what `cleanMapped` asks for
 * @throws what the store throws; MappingError for a stored mapping that cannot be used
 */
export function mappingsInForce({
  store,
  clock,
  seconds = CACHE_SECONDS,
}: {
  readonly store: Pick<DocStore, 'get'>;
  readonly clock: Clock;
  readonly seconds?: number;
}): (name: string) => Promise<CompiledMapping | undefined> {
  const known = new Map<string, Known>();
  return async (name) => {
    const now = clock.now();
    const cached = known.get(name);
    if (cached && cached.until > now) return cached.mapping;
    const { versions, stored } = await readMapping(store, name);
    const definition = versions.at(-1)?.definition;
    const isSame = cached !== undefined && cached.stored === stored;
    const mapping = isSame ? cached.mapping : definition && (await compileMapping(definition));
    known.set(name, { mapping, stored, until: now + seconds * 1000 });
    return mapping;
  };
}
