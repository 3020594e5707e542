import { readFileSync, writeFileSync } from 'node:fs';
import { CATALOGUE } from '../../schemas/catalogue.ts';
import { breakingChanges, type JsonSchema } from './schema-changes.ts';

/** `node test/support/record-fingerprints.ts`: writes down the contracts as they are; refuses a breaking change. */
const FILE = new URL('../../schemas/fingerprints.json', import.meta.url);
const published = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, JsonSchema>;
const now = Object.entries(CATALOGUE).map(([name, { schema, version }]) => {
  const key = `${name}/${version}`;
  const breaks = breakingChanges(published[key] ?? (schema as JsonSchema), schema as JsonSchema);
  if (breaks.length > 0) throw new Error(`${key} breaks with what was published:\n  ${breaks.join('\n  ')}`);
  return [key, schema];
});
writeFileSync(FILE, `${JSON.stringify({ ...published, ...Object.fromEntries(now) }, null, 1)}\n`);
