import type { CleanEvent } from '../../schemas/event.ts';
import { shortHash } from '../shared/hash.ts';
import { own } from '../shared/own.ts';
import type { SeenSet } from '../shared/person/docs.ts';

/** Days for which an owner remembers event ids, from the day on which it took them in. */
export const DEDUPE_DAYS = 7;

/**
 * An entry is 9 characters of event id hash (54 bits) and 3 of body hash (18 bits): each is a byte of every write. Where a million
 * events are remembered, a new one is taken for one of them once in 18 thousand million, and is put into quarantine; an event
 * that kept its id and changed its body passes for a repeat once in 262 thousand.
 */
const ID_CHARS = 9;
const ENTRY_CHARS = 12;
/** Entries as they were before: longer parts of the same hashes. */
const FORMER = { id: 11, entry: 17 } as const;
/** Entries of one day beyond which they move into a chunk document of their own, which never changes again. */
const MAX_DAY_CHARS = 1000 * ENTRY_CHARS;

/** Chunks deleted in one commit: a busy owner's hundred of one day do not fit into a transaction. The rest goes next time. */
const MAX_EXPIRED = 40;

/** What an event leaves behind in its owner's dedupe set. Message ids are the client's, so the source is part of it. */
export const seenEntry = (event: CleanEvent): string =>
  shortHash(`${event.source_id}|${event.event_id}`, ID_CHARS) + event.body_hash.slice(0, ENTRY_CHARS - ID_CHARS);

function* shortened(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += FORMER.entry) {
    const body = at + FORMER.id;
    yield text.slice(at, at + ID_CHARS) + text.slice(body, body + ENTRY_CHARS - ID_CHARS);
  }
}

export const noneSeen = (): SeenSet => ({ days: {}, chunks: [] });

/** A set that the caller owns, with former entries as they are written now. */
export function copySeen({ days, inline = {}, chunks }: SeenSet): SeenSet {
  const copy: SeenSet = { days: { ...days }, chunks: [...chunks] };
  for (const [day, text] of Object.entries(inline)) {
    for (const entry of shortened(text)) remember(copy, day, entry);
  }
  return copy;
}

/** Looks for an entry's event in a text of entries: is it new, the same again, or the same id with another body? */
export function lookUp(entries: string, entry: string): 'new' | 'duplicate' | 'conflict' {
  const id = entry.slice(0, ID_CHARS);
  for (let at = entries.indexOf(id); at !== -1; at = entries.indexOf(id, at + 1)) {
    if (at % ENTRY_CHARS !== 0) continue;
    return entries.startsWith(entry, at) ? 'duplicate' : 'conflict';
  }
  return 'new';
}

/** Looks through the days in the document, and what `chunkEntries` found. */
export function lookUpAll(
  seen: SeenSet,
  chunked: ReadonlyMap<string, string> | undefined,
  entry: string,
): 'new' | 'duplicate' | 'conflict' {
  const body = chunked?.get(entry.slice(0, ID_CHARS));
  if (body !== undefined) return body === entry.slice(ID_CHARS) ? 'duplicate' : 'conflict';
  for (const entries of Object.values(seen.days)) {
    const found = lookUp(entries, entry);
    if (found !== 'new') return found;
  }
  return 'new';
}

/**
 * Which of a batch's entries the chunk texts name: hash of event id → hash of body, of the oldest chunk that has it. One
 * pass for the whole batch: an owner of a hundred thousand events a day would else have its megabytes searched for each.
 */
export function chunkEntries(
  chunks: readonly { readonly text: string; readonly chars?: number | undefined }[],
  entries: readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (chunks.length === 0) return found;
  const wanted = new Set(entries.map((entry) => entry.slice(0, ID_CHARS)));
  for (const { text, chars = FORMER.entry } of chunks) {
    const body = chars === ENTRY_CHARS ? ID_CHARS : FORMER.id;
    for (let at = 0; at < text.length; at += chars) {
      const id = text.slice(at, at + ID_CHARS);
      if (wanted.has(id) && !found.has(id)) found.set(id, text.slice(at + body, at + body + ENTRY_CHARS - ID_CHARS));
    }
  }
  return found;
}

/**
 * Adds an entry to a set that the caller owns. It counts from `today`, not from the day of receipt: what a stream has kept
 * for a week may be delivered twice as well.
 */
export function remember(seen: SeenSet, today: string, entry: string): void {
  seen.days[today] = (own(seen.days, today) ?? '') + entry;
}

export interface Spill {
  readonly seen: SeenSet;
  readonly created: readonly { key: string; entries: string }[];
  readonly expired: readonly string[];
}

/** Drops what is older than the window, and moves large days into chunk documents named after the owner. */
export function settle(seen: SeenSet, owner: string, today: string): Spill {
  const oldest = new Date(Date.parse(`${today}T00:00:00Z`) - DEDUPE_DAYS * 86_400_000).toISOString().slice(0, 10);
  const days: Record<string, string> = {};
  const expired = seen.chunks.filter((chunk) => chunk.day < oldest).slice(0, MAX_EXPIRED);
  const chunks = seen.chunks.filter((chunk) => !expired.includes(chunk));
  const created: { key: string; entries: string }[] = [];
  for (const [day, entries] of Object.entries(seen.days)) {
    if (day < oldest) continue;
    if (entries.length <= MAX_DAY_CHARS) days[day] = entries;
    else {
      const key = `s:${owner}|${day}|${shortHash(entries, 11)}`;
      chunks.push({ key, day, chars: ENTRY_CHARS });
      created.push({ key, entries });
    }
  }
  return { seen: { days, chunks }, created, expired: expired.map((chunk) => chunk.key) };
}
