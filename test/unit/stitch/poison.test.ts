import { describe, expect, it } from 'vitest';
import { takeBatch } from '../../../functions/shared/kinesis-batch.ts';
import { identifierDocKey } from '../../../functions/shared/person/docs.ts';
import { encodeEvents } from '../../../functions/shared/stream-codec.ts';
import { stitchBatch } from '../../../functions/stitch/batch.ts';
import type { CleanEvent } from '../../../schemas/event.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { readShard, shardRecord } from '../../support/shard-reader.ts';
import { cleanEvent, stitchWorld } from '../../support/stitch.ts';

const RECORDS = 6;
const positions = Array.from({ length: RECORDS }, (_, index) => index);

/** Two events a record: one of a member that is in all of them, one of a visitor of its own. */
const pairOf = (index: number): CleanEvent[] => [
  cleanEvent(['user_id:m1'], { event_id: `member-${index}` }),
  cleanEvent([`anonymous_id:a${index}`], { event_id: `visitor-${index}` }),
];
const encode = (events: readonly unknown[]): Uint8Array => encodeEvents(events.map((event) => JSON.stringify(event)));

/** A store that never takes the document of one identifier. */
class RefusingStore extends MemoryDocStore {
  override async get(keys: readonly string[]) {
    if (keys.includes(identifierDocKey('anonymous_id:refused'))) throw new Error('the store refuses it');
    return await super.get(keys);
  }
}

async function read(bad: Uint8Array, position: number) {
  const { deps, lake } = stitchWorld({ store: new RefusingStore() });
  const records = positions.map((index) => shardRecord(index === position ? bad : encode(pairOf(index)), index));
  const givenUp = await readShard(records, (shard) =>
    takeBatch(
      shard,
      async (batch) => {
        await stitchBatch(batch, deps);
      },
      () => undefined,
    ),
  );
  const others = positions.filter((index) => index !== position);
  const ids = new Set(lake.of('events').map(({ event_id }) => event_id));
  const counted = (key: string) => lake.of('profiles').findLast((row) => String(row.identifiers).includes(key))?.events;
  return { lake, givenUp, others, records, ids, counted };
}

/** Events of the others that were taken in: each in the lake, and in its person once. */
function expectOthers({ others, ids, counted }: Awaited<ReturnType<typeof read>>, extra: readonly string[] = []): void {
  const expected = others.flatMap((index) => [`member-${index}`, `visitor-${index}`]);
  expect([...ids].toSorted()).toEqual([...expected, ...extra].toSorted());
  expect(counted('user_id:m1')).toBe(others.length + extra.length);
  for (const index of others) expect(counted(`anonymous_id:a${index}`)).toBe(1);
}

describe('a bad record', () => {
  it.each(positions)('that cannot be read ends in quarantine, at position %i', async (position) => {
    const found = await read(Buffer.from([0x1f, 0x8b, 8, 0]), position);
    expectOthers(found);
    expect(found.lake.of('quarantine').map(({ reason, stage }) => [reason, stage])).toEqual([
      ['unreadable_record', 'stitch'],
    ]);
    expect(found.givenUp).toEqual([]);
  });

  it.each(positions)(
    'with one event that stitch cannot take: only that one is set aside, at position %i',
    async (at) => {
      const broken = { ...cleanEvent(['anonymous_id:b'], { event_id: 'broken' }), identifiers: null };
      const beside = cleanEvent(['user_id:m1'], { event_id: 'beside' });
      const found = await read(encode([broken, beside]), at);
      expectOthers(found, ['beside']);
      const rows = found.lake.of('quarantine');
      expect(new Set(rows.map(({ reason, event_id, detail }) => [reason, event_id, detail].join(' ')))).toEqual(
        new Set(['internal_error broken Stitching it failed with TypeError.']),
      );
      expect(found.givenUp).toEqual([]);
    },
  );

  it.each(positions)('that the store refuses each time is given up on alone, at position %i', async (position) => {
    const found = await read(encode([cleanEvent(['anonymous_id:refused'], { event_id: 'r' })]), position);
    expectOthers(found);
    expect(found.givenUp).toEqual([{ records: [found.records[position]] }]);
    expect(found.lake.of('quarantine')).toEqual([]);
  });
});

describe('many events that fail alike', () => {
  it('stay on the stream: it is the code that is at fault', async () => {
    const { deps, lake } = stitchWorld();
    const broken = Array.from({ length: 6 }, (_, index) => ({
      ...cleanEvent([`anonymous_id:b${index}`], { event_id: `broken-${index}` }),
      identifiers: null,
    }));
    const record = { bytes: encode(broken), arrived_at: '2026-01-01T00:00:00.000Z' };
    await expect(stitchBatch([record], deps)).rejects.toThrow(TypeError);
    expect(lake.of('events')).toEqual([]);
  });
});
