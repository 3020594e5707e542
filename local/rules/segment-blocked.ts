import { isObject, type JsonObject } from '../../functions/shared/json.ts';

/** What blocked values go into. */
export interface Blocking {
  readonly blocked: Set<string>;
  readonly patterns: Set<string>;
  readonly notes: string[];
  readonly name: string;
}

/** Takes exact values and patterns in, and notes what it cannot. */
export function takeBlocked(given: unknown, { blocked, patterns, notes, name }: Blocking): void {
  if (given === undefined) return;
  const list = Array.isArray(given) ? given : [given];
  if (list.length > 0 && name !== 'all identifiers') {
    notes.push(
      `${name}: its blocked values are blocked for every type here; write "${name}:<value>" to block one alone.`,
    );
  }
  for (const [at, entry] of list.entries()) {
    const value = isObject(entry) ? text(entry, 'value', 'pattern', 'regex') : entry;
    const sort = isObject(entry)
      ? (text(entry, 'type', 'matchType', 'match_type') ?? (entry.regex || entry.pattern ? 'pattern' : 'exact'))
      : 'exact';
    if (typeof value !== 'string') notes.push(`${name}: blocked value ${at + 1} is no text; it was left out.`);
    else if (!/regex|pattern/i.test(sort)) blocked.add(value.trim().toLowerCase());
    else if (isPattern(value)) patterns.add(withoutAnchors(value));
    else
      notes.push(
        `${name}: blocked value ${at + 1} is no pattern that JavaScript reads in Unicode mode; it was left out.`,
      );
  }
}

/** Ours are always about the whole value. */
const withoutAnchors = (pattern: string): string => pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');

function isPattern(pattern: string): boolean {
  try {
    return withoutAnchors(pattern) !== '' && new RegExp(`^(?:${withoutAnchors(pattern)})$`, 'iu').source !== '';
  } catch {
    return false;
  }
}

/** The first of some fields that is there. */
export function pick(object: JsonObject, ...names: string[]): unknown {
  for (const name of names) if (object[name] !== undefined) return object[name];
  return undefined;
}

/** The same, where it is text that is not empty. */
export function text(object: JsonObject, ...names: string[]): string | undefined {
  const value = pick(object, ...names);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
