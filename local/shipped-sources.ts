import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { own } from '../functions/shared/own.ts';
import { storedKey } from '../functions/shared/sources/keys.ts';
import { Source } from '../schemas/event.ts';
import { SourceDefinition } from '../schemas/source.ts';
import shipped from '../schemas/sources/retail.json' with { type: 'json' };
import marks from '../schemas/sources/retail-marks.json' with { type: 'json' };
import type { SqliteSourceStore } from './source-store.ts';

const travelling = Compile(Source);
const managed = Compile(SourceDefinition);

/**
 * Puts the sources that ship into a data folder that does not have them, and answers with their first keys, by id. These keys alone
 * are kept in clear, in `DIR/keys/sources.json`, readable by their owner: the page and the first steps in the documents show them.
 * Of every other key there is a hash and nothing more.
 * @throws Error when a shipped definition is not valid
 */
export function shipSources(
  dataFolder: string,
  store: SqliteSourceStore,
  { now, sources = shipped }: { readonly now: number; readonly sources?: readonly unknown[] | undefined },
): Record<string, string> {
  const path = join(dataFolder, 'keys', 'sources.json');
  const stored = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>) : {};
  const keys: Record<string, string> = { ...stored };
  for (const source of sources) {
    if (!travelling.Check(source))
      throw new Error('A source in schemas/sources is not valid; see the tests of schemas.');
    const { source_id } = source;
    const { disabled: _, ...described } = source;
    const definition = { ...described, owner: 'oneriver', ...own<object>(marks, source_id) };
    if (!managed.Check(definition)) throw new Error(`The marks of "${source_id}" in schemas/sources are not valid.`);
    const key =
      keys[source_id] ?? `${source.class === 'secret' ? 'sk' : 'pk'}_${randomBytes(18).toString('base64url')}`;
    keys[source_id] = key;
    if (store.read(source_id)) continue;
    const change = { at: new Date(now).toISOString(), by: 'oneriver', why: 'ships', action: 'create', detail: '' };
    store.write({ definition, keys: [storedKey(key, now)], secrets: [], expected: 0, change });
  }
  if (Object.keys(keys).length > Object.keys(stored).length) {
    writeFileSync(path, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  }
  return keys;
}
