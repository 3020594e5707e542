import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../../functions/shared/raw-message.ts';
import { encodeRaw } from '../../../functions/shared/raw-record.ts';
import { pack } from '../../../functions/shared/stream-codec.ts';
import { TOPOLOGY } from '../../../functions/shared/topology.ts';
import { type ArchiveOptions, readArchiveDays } from '../../../local/redrive/archive-args.ts';
import { replayArchive } from '../../../local/redrive/replay-archive.ts';
import type { RawHead } from '../../../schemas/event.ts';
import { ARRIVAL, WEB } from '../../support/ingest.ts';
import { MemoryBucket } from '../../support/memory-bucket.ts';
import { MemoryQueue } from '../../support/memory-queue.ts';
import { incompressible } from '../../support/raw-queue.ts';

const NOW = Date.parse('2026-01-31T09:00:00.000Z');
const head: RawHead = {
  v: 1,
  protocol: 'segment',
  route: 'batch',
  source: WEB,
  request_id: 'r',
  received_at: ARRIVAL,
};
const record = (body: string | Uint8Array, gzipFrom = 25_000): Buffer =>
  Buffer.from(pack(encodeRaw(head, Buffer.from(body)), gzipFrom));
const keyOf = (day: string, name: string): string => `raw/ingest_day=${day}/${name}`;

/** A lake and a failures bucket in one, a queue, and a clock that waiting moves. */
function deployment() {
  const bucket = new MemoryBucket();
  const queue = new MemoryQueue();
  const lines: string[] = [];
  let now = NOW;
  const store = (key: string, body: Uint8Array, modified = NOW - 1) =>
    void bucket.objects.set(key, { body: Buffer.from(body), modified });
  const archive = (key: string, ...records: Uint8Array[]) => store(key, gzipSync(Buffer.concat(records)));
  const fed = () =>
    queue.bodies().map((body) => {
      const message = readMessage(body);
      return Buffer.from('kept' in message ? (bucket.objects.get(message.kept)?.body ?? '') : message.data);
    });
  const run = (days: readonly string[], dryRun = false) =>
    replayArchive(
      {
        clients: { s3: bucket.client, sqs: queue.client },
        names: { bucket: 'failures', rawQueue: 'url', lakeBucket: 'lake' },
        clock: { now: () => now },
        sleep: async (ms) => {
          now += ms;
        },
        say: (line) => void lines.push(line),
      },
      { days, dryRun },
    );
  return { bucket, lines, store, archive, fed, run, waited: () => now - NOW };
}

describe('a replay of the archive', () => {
  it('puts every record back as it was, by day and object, over pages of a listing', async () => {
    const { bucket, lines, archive, fed, run } = deployment();
    bucket.page = 1;
    const [a, b, c, d, zipped] = [record('a'), record('b'), record('c'), record('d'), record(Buffer.alloc(500), 0)];
    archive(keyOf('2026-01-30', 'x-2'), c);
    // Packed under other settings than today's.
    const open = record(Buffer.alloc(60_000), Number.POSITIVE_INFINITY);
    archive(keyOf('2026-01-30', 'x-1'), a, zipped, open, b);
    archive(keyOf('2026-01-31', 'x-0'), d);
    archive(keyOf('2026-01-28', 'x-0'), record('of a day that is not asked for'));
    const report = await run(['2026-01-29', '2026-01-30', '2026-01-31']);
    const all = [a, zipped, open, b, c, d];
    expect(fed()).toEqual(all);
    const bytes = Buffer.concat(all).byteLength;
    expect(report).toEqual({ objects: 3, records: 6, bytes, unreadable: 0, left: [] });
    expect(lines).toEqual([
      '2026-01-29: 0 objects; 0 records so far',
      `${keyOf('2026-01-30', 'x-1')}: 4 records`,
      `${keyOf('2026-01-30', 'x-2')}: 1 records`,
      '2026-01-30: 2 objects; 5 records so far',
      `${keyOf('2026-01-31', 'x-0')}: 1 records`,
      '2026-01-31: 1 objects; 6 records so far',
    ]);
  });

  it('names what cannot be read, feeds what comes before the damage, and goes on', async () => {
    const { bucket, store, archive, fed, run } = deployment();
    const [first, last] = [record('first'), record('last')];
    const day = '2026-01-30';
    store(keyOf(day, '1'), Buffer.from('no gzip'));
    archive(keyOf(day, '2'), first, Buffer.from('garbage'));
    archive(keyOf(day, '3'), record('that S3 does not give'));
    archive(keyOf(day, '4'), last);
    bucket.failing = ({ command, input }) =>
      command === 'GetObject' && input.Key === keyOf(day, '3')
        ? Object.assign(new Error('no'), { name: 'AccessDenied' })
        : undefined;
    const report = await run([day]);
    expect(fed()).toEqual([first, last]);
    expect(report).toMatchObject({ objects: 4, records: 2, unreadable: 3 });
    expect(report.left).toEqual([
      { key: keyOf(day, '1'), records: 0, why: expect.stringContaining('not gzip') },
      { key: keyOf(day, '2'), records: 1, why: expect.stringContaining(`At byte ${first.byteLength} begins no`) },
      { key: keyOf(day, '3'), records: 0, why: 'S3 does not give it (AccessDenied).' },
    ]);
  });

  it('counts in a dry run, and feeds nothing', async () => {
    const { archive, fed, run, waited } = deployment();
    archive(keyOf('2026-01-30', '1'), ...Array.from({ length: 2_500 }, () => record('x')));
    expect(await run(['2026-01-30'], true)).toMatchObject({ objects: 1, records: 2_500 });
    expect(fed()).toEqual([]);
    expect(waited()).toBe(0);
  });

  it('leaves room for live events', async () => {
    const { archive, fed, run, waited } = deployment();
    const records = Array<Buffer>(50).fill(record(incompressible(150_000)));
    archive(keyOf('2026-01-30', '1'), ...records);
    const { bytes } = await run(['2026-01-30']);
    expect(fed()).toEqual(records);
    // What the last portion costs is not waited for.
    expect(waited() / 1000).toBeGreaterThan((bytes - 1_000_000) / TOPOLOGY.import.bytes_per_second);
    expect(waited() / 1000).toBeLessThan(bytes / TOPOLOGY.import.bytes_per_second);
  });

  it('keeps a record that is too large for a message beside the queue', async () => {
    const { bucket, archive, fed, run } = deployment();
    const large = record(incompressible(300_000));
    archive(keyOf('2026-01-30', '1'), large);
    await run(['2026-01-30']);
    expect(bucket.keys().filter((key) => key.startsWith('large/'))).toHaveLength(1);
    expect(fed()).toEqual([large]);
  });

  it('does not feed what was archived since it began: that is what it fed itself', async () => {
    const { store, fed, run } = deployment();
    store(keyOf('2026-01-31', '1'), gzipSync(record('x')), NOW);
    expect(await run(['2026-01-31'])).toMatchObject({ objects: 0, records: 0 });
    expect(fed()).toEqual([]);
  });
});

describe('the arguments of a replay of the archive', () => {
  const options = (given: Partial<ArchiveOptions>): ArchiveOptions => ({
    ...{ 'dry-run': false, 'count-again': false },
    ...given,
  });
  const stack = 'oneriver';

  it('are days, up to today where none is named', () => {
    expect(readArchiveDays(options({ stack, archive: '2026-01-30' }), NOW)).toEqual(['2026-01-30', '2026-01-31']);
    expect(readArchiveDays(options({ stack, archive: '2026-01-25', to: '2026-01-25' }), NOW)).toEqual(['2026-01-25']);
    expect(readArchiveDays(options({ stack, reason: 'plan_violation' }), NOW)).toBeUndefined();
  });

  it('take days whose ids are forgotten when that is said, or nothing is fed', () => {
    const old = { stack, archive: '2025-12-31', to: '2026-01-01' };
    for (const more of [{ 'count-again': true }, { 'dry-run': true }]) {
      expect(readArchiveDays(options({ ...old, ...more }), NOW)).toEqual(['2025-12-31', '2026-01-01']);
    }
  });

  it.each([
    [{ archive: '2026-01-30' }, 'name it with --stack'],
    [{ stack, to: '2026-01-30' }, 'name its first day with --archive'],
    [{ stack, 'count-again': true }, 'name its first day with --archive'],
    [{ stack, archive: '24h' }, '--archive takes a day such as 2026-01-31, not "24h"'],
    [{ stack, archive: '2026-01-30', to: '2026-02-30' }, '--to takes a day'],
    [{ stack, archive: '2026-01-30', to: '2026-01-29' }, 'has to be before --to 2026-01-29'],
    [{ stack, archive: '2026-01-30', to: '2026-02-01' }, 'neither in the future'],
    [{ stack, archive: '2026-01-30', source: 'web' }, '--source chooses from quarantine'],
    [{ stack, archive: '1970-01-01', 'dry-run': true }, 'at most 3700 at once'],
    [{ stack, archive: '2026-01-24' }, 'Begin with --archive 2026-01-25, or say --count-again'],
  ])('%j are refused with what to do', (given, message) => {
    expect(() => readArchiveDays(options(given), NOW)).toThrow(message);
  });
});
