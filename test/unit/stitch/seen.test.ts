import { describe, expect, test } from 'vitest';
import { shortHash } from '../../../functions/shared/hash.ts';
import { identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { readPersonByKey } from '../../../functions/shared/person/read.ts';
import {
  chunkEntries,
  copySeen,
  DEDUPE_DAYS,
  lookUp,
  lookUpAll,
  noneSeen,
  remember,
  seenEntry,
  settle,
} from '../../../functions/stitch/seen.ts';
import { stitch } from '../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { cleanEvent, NOW, stitchWorld } from '../../support/stitch.ts';

const DAY = 86_400_000;
const M1 = identifierDocKey('user_id:m1');
const chunk = (text: string) => ({ text, chars: 12 });
const many = (count: number): CleanEvent[] =>
  Array.from({ length: count }, (_, n) => cleanEvent(['user_id:m1'], { event_id: `m${n}` }));
const eventsOf = async (world: ReturnType<typeof stitchWorld>): Promise<number | undefined> =>
  (await readPersonByKey(world.deps.store, 'user_id:m1'))?.aggregate.events;
const outcomes = async (events: readonly CleanEvent[], world: ReturnType<typeof stitchWorld>): Promise<string[]> =>
  (await stitch(structuredClone(events), world.deps)).events.map(({ outcome }) => outcome);

describe('an entry is found again', () => {
  const first = cleanEvent(['user_id:m1'], { event_id: 'a' });
  const entry = seenEntry(first);

  test('as the same, as a conflict, or not at all', () => {
    expect(lookUp(entry, entry)).toBe('duplicate');
    expect(lookUp(entry, seenEntry({ ...first, body_hash: 'another body' }))).toBe('conflict');
    expect(lookUp(entry, seenEntry({ ...first, source_id: 'app' }))).toBe('new');
    expect(lookUp('', entry)).toBe('new');
  });

  test('only where an entry begins', () => {
    const other = seenEntry(cleanEvent(['user_id:m1'], { event_id: 'b' }));
    expect(lookUp(`x${entry}${other}`.slice(0, 12 * 2), entry)).toBe('new');
    expect(lookUp(other + entry, entry)).toBe('duplicate');
  });

  test('in the inline days and in the chunks', () => {
    const seen = noneSeen();
    remember(seen, '2026-03-15', entry);
    expect(lookUpAll(seen, undefined, entry)).toBe('duplicate');
    const other = seenEntry(cleanEvent(['user_id:m1'], { event_id: 'b' }));
    const chunked = chunkEntries([chunk(''), chunk(other + entry)], [entry, other]);
    const none = noneSeen();
    expect(lookUpAll(none, chunked, entry)).toBe('duplicate');
    expect(lookUpAll(none, chunked, entry.slice(0, 9) + other.slice(9))).toBe('conflict');
    expect(lookUpAll(none, chunkEntries([chunk(other)], [entry]), entry)).toBe('new');
  });
});

describe('entries as they were before, seventeen characters long', () => {
  const events = [...many(3), cleanEvent(['user_id:m1'], { event_id: 'c', name: 'Something else' })];
  /** The parts of the hashes that were kept of each. */
  const former = (event: CleanEvent): string =>
    shortHash(`${event.source_id}|${event.event_id}`, 11) + event.body_hash.slice(0, 6);
  const text = events.map(former).join('');
  const changed = { ...events[0], body_hash: 'another body' } as CleanEvent;
  const stranger = cleanEvent(['user_id:m1'], { event_id: 'd' });

  test('are found in a document, and become shorter with its next write', () => {
    const seen = copySeen({ days: { '2026-03-15': 'x'.repeat(12) }, inline: { '2026-03-14': text }, chunks: [] });
    const found = [...events, changed, stranger].map((event) => lookUpAll(seen, undefined, seenEntry(event)));
    expect(found).toEqual([...Array(4).fill('duplicate'), 'conflict', 'new']);
    expect(seen).toEqual({
      days: { '2026-03-15': 'x'.repeat(12), '2026-03-14': events.map(seenEntry).join('') },
      chunks: [],
    });
  });

  test('are found in chunks, which stay as they are', () => {
    const entries = [...events, changed, stranger].map(seenEntry);
    const chunked = chunkEntries([{ text }], entries);
    expect(entries.map((entry) => lookUpAll(noneSeen(), chunked, entry))).toEqual([
      ...Array(4).fill('duplicate'),
      'conflict',
      'new',
    ]);
  });
});

describe('a busy owner', () => {
  test('has its days moved into chunks, in which repeats and conflicts are still found', async () => {
    const world = stitchWorld();
    const events = many(1200);
    await outcomes(events, world);
    const store = await world.deps.store.get([M1]);
    const doc = store.get(M1)?.body as { seen: { days: object; chunks: { key: string; day: string }[] } };
    expect(doc.seen.days).toEqual({});
    expect(doc.seen.chunks.map(({ day }) => day)).toEqual(['2026-03-15']);
    const conflicting = cleanEvent(['user_id:m1'], { event_id: 'm7', name: 'Something else' });
    expect(await outcomes([...events.slice(0, 5), conflicting, ...many(0)], world)).toEqual([
      ...Array(5).fill('duplicate'),
      'quarantined',
    ]);
    expect(await eventsOf(world)).toBe(1200);
    expect(world.lake.of('quarantine').map(({ reason, field }) => [reason, field])).toEqual([
      ['id_conflict', '/messageId'],
    ]);
  });

  test('forgets a chunk after the window, and deletes it', async () => {
    const world = stitchWorld();
    await outcomes(many(1100), world);
    const before = (await world.deps.store.get([M1])).get(M1)?.body;
    const [first] = (before as { seen: { chunks: { key: string }[] } }).seen.chunks;
    world.clock.at = NOW + DEDUPE_DAYS * DAY;
    expect(await outcomes([cleanEvent(['user_id:m1'], { event_id: 'x' }), ...many(1)], world)).toEqual([
      'stitched',
      'duplicate',
    ]);
    world.clock.at += DAY;
    await outcomes([cleanEvent(['user_id:m1'], { event_id: 'y' })], world);
    expect((await world.deps.store.get([first?.key ?? ''])).get(first?.key ?? '')?.body).toBeUndefined();
    expect(await outcomes(many(1), world)).toEqual(['stitched']);
  });

  test('deletes at most some chunks at once, so that its commit always fits', () => {
    const chunks = Array.from({ length: 150 }, (_, n) => ({ key: `s:${n}`, day: '2026-01-01' }));
    const first = settle({ days: {}, chunks }, 'user_id:m1', '2026-03-15');
    expect(first.expired.length).toBeGreaterThan(0);
    expect(first.expired.length).toBeLessThan(90);
    let rest = first;
    for (let n = 0; n < 10; n += 1) rest = settle(rest.seen, 'user_id:m1', '2026-03-15');
    expect(rest.seen.chunks).toEqual([]);
  });

  test('what a stream kept for two weeks is still counted once', async () => {
    const world = stitchWorld({ now: NOW + 14 * DAY });
    const late = many(2);
    expect(await outcomes(late, world)).toEqual(['stitched', 'stitched']);
    expect(await outcomes(late, world)).toEqual(['duplicate', 'duplicate']);
    expect(await eventsOf(world)).toBe(2);
  });
});
