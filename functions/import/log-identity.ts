import type { ImportSettings } from '../../schemas/import.ts';
import type { JsonObject } from '../shared/json.ts';

const MAX_ID_CHARS = 256;

/**
 * The row of an access log with what its line says of who sent the request, in `ids`, and without its cookies: those hold sessions,
 * which nobody who reads events may see. Undefined where it names nobody.
 */
export function named(row: JsonObject, places: ImportSettings['identity'] = {}): JsonObject | undefined {
  const ids: Record<string, string> = {};
  for (const [name, place] of Object.entries(places)) {
    const value = at(row, place);
    if (value !== undefined && value !== '' && value.length <= MAX_ID_CHARS) ids[name] = value;
  }
  return Object.keys(ids).length === 0 ? undefined : { ...withoutCookies(row), ids };
}

/** The row without its cookies. */
export function withoutCookies({ cookie, ...row }: JsonObject): JsonObject {
  return row;
}

function at(row: JsonObject, place: string): string | undefined {
  if (place === 'user') return text(row.user);
  const colon = place.indexOf(':');
  const name = place.slice(colon + 1);
  if (place.startsWith('query:')) return new URLSearchParams(text(row.query) ?? '').get(name) ?? undefined;
  for (const pair of (text(row.cookie) ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return unescaped(pair.slice(equals + 1).trim());
  }
  return undefined;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
