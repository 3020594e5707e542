import type { CleanEvent } from '../../schemas/event.ts';
import { shortHash } from '../shared/hash.ts';
import { own } from '../shared/own.ts';
import type { SeenSet } from '../shared/person/docs.ts';

/** Days for which an owner remembers event ids, from the day on which it took them in. */
export const DEDUPE_DAYS = 7;

/** An entry is 11 characters of event id hash (66 bits) and 6 of body hash (36 bits). */
const ID_CHARS = 11;
const ENTRY_CHARS = 17;
/** Inline entries of one day beyond which they move into a chunk document of their own, which never changes again. */
const MAX_INLINE_CHARS = 1000 * ENTRY_CHARS;

/** Chunks deleted in one commit: a busy owner's hundred of one day do not fit into a transaction. The rest goes next time. */
const MAX_EXPIRED = 40;

/** What an event leaves behind in its owner's dedupe set. Message ids are the client's, so the source is part of it. */
export const seenEntry = (event: CleanEvent): string =>
  shortHash(`${event.source_id}|${event.event_id}`, ID_CHARS) + event.body_hash.slice(0, ENTRY_CHARS - ID_CHARS);

/** Looks for an entry's event in a text of entries: is it new, the same again, or the same id with another body? */
export function lookUp(entries: string, entry: string): 'new' | 'duplicate' | 'conflict' {
  const id = entry.slice(0, ID_CHARS);
  for (let at = entries.indexOf(id); at !== -1; at = entries.indexOf(id, at + 1)) {
    if (at % ENTRY_CHARS !== 0) continue;
    return entries.startsWith(entry, at) ? 'duplicate' : 'conflict';
  }
  return 'new';
}

/** Looks through the inline part, and what `chunkEntries` found. */
export function lookUpAll(
  seen: SeenSet,
  chunked: ReadonlyMap<string, string> | undefined,
  entry: string,
): 'new' | 'duplicate' | 'conflict' {
  const body = chunked?.get(entry.slice(0, ID_CHARS));
  if (body !== undefined) return body === entry.slice(ID_CHARS) ? 'duplicate' : 'conflict';
  for (const entries of Object.values(seen.inline)) {
    const found = lookUp(entries, entry);
    if (found !== 'new') return found;
  }
  return 'new';
}

/**
 * Which of a batch's entries the chunk texts name: hash of event id → hash of body, of the oldest chunk that has it. One
 * pass for the whole batch: an owner of a hundred thousand events a day would else have its megabytes searched for each.
 */
export function chunkEntries(chunks: readonly string[], entries: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (chunks.length === 0) return found;
  const wanted = new Set(entries.map((entry) => entry.slice(0, ID_CHARS)));
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += ENTRY_CHARS) {
      const id = chunk.slice(at, at + ID_CHARS);
      if (wanted.has(id) && !found.has(id)) found.set(id, chunk.slice(at + ID_CHARS, at + ENTRY_CHARS));
    }
  }
  return found;
}

/**
 * Adds an entry to a set that the caller owns. It counts from `today`, not from the day of receipt: what a stream has kept
 * for a week may be delivered twice as well.
 */
export function remember(seen: SeenSet, today: string, entry: string): void {
  seen.inline[today] = (own(seen.inline, today) ?? '') + entry;
}

export interface Spill {
  readonly seen: SeenSet;
  readonly created: readonly { key: string; entries: string }[];
  readonly expired: readonly string[];
}

/** Drops what is older than the window, and moves large days into chunk documents named after the owner. */
export function settle(seen: SeenSet, owner: string, today: string): Spill {
  const oldest = new Date(Date.parse(`${today}T00:00:00Z`) - DEDUPE_DAYS * 86_400_000).toISOString().slice(0, 10);
  const inline: Record<string, string> = {};
  const expired = seen.chunks.filter((chunk) => chunk.day < oldest).slice(0, MAX_EXPIRED);
  const chunks = seen.chunks.filter((chunk) => !expired.includes(chunk));
  const created: { key: string; entries: string }[] = [];
  for (const [day, entries] of Object.entries(seen.inline)) {
    if (day < oldest) continue;
    if (entries.length <= MAX_INLINE_CHARS) inline[day] = entries;
    else {
      const key = `s:${owner}|${day}|${shortHash(entries, 11)}`;
      chunks.push({ key, day });
      created.push({ key, entries });
    }
  }
  return { seen: { inline, chunks }, created, expired: expired.map((chunk) => chunk.key) };
}
