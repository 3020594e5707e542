import { NotFound, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { droppedOf } from '../../../functions/import/dropped.ts';
import { judgeDecoding } from '../../../functions/import/judge.ts';
import { LandingBucket } from '../../../functions/import/landing-bucket.ts';
import { ImportLedger } from '../../../functions/import/ledger.ts';
import { paced } from '../../../functions/import/paced.ts';
import { type DropDeps, takeDrop } from '../../../functions/import/take-drop.ts';
import type { Source } from '../../../schemas/event.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';

const SOURCE: Source = {
  source_id: 'pos',
  name: 'Tills',
  channel: 'store',
  class: 'secret',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'UTC',
};
const KEY = 'incoming/pos/2026/orders.csv';
const message = (key: string): string =>
  JSON.stringify({ 'detail-type': 'Object Created', detail: { bucket: { name: 'b' }, object: { key, size: 1 } } });
const DROP = { key: KEY, source_id: 'pos', name: 'orders.csv' };

/** A landing bucket with these objects, behind a real client, and what is done to it. */
function world(objects: Record<string, string>, source: Source | false = SOURCE) {
  const client = new S3Client(OFFLINE);
  const stored = new Map(Object.entries(objects).map(([key, text]) => [key, Buffer.from(text)]));
  const calls = answerCalls(client, ({ command, input }) => {
    const body = stored.get(String(input.Key));
    if (command === 'PutObject') {
      stored.set(String(input.Key), Buffer.from(String(input.Body)));
      return {};
    }
    if (!body) return new NotFound({ message: 'none', $metadata: { httpStatusCode: 404 } });
    if (command === 'HeadObject') return { ContentLength: body.length, ETag: '"e1"' };
    const [, from = '0', to = '0'] = /bytes=(\d+)-(\d+)/.exec(String(input.Range)) ?? [];
    return { Body: { transformToByteArray: async () => Uint8Array.from(body.subarray(Number(from), Number(to) + 1)) } };
  });
  const put: Uint8Array[] = [];
  let now = 1_772_330_400_000;
  const clock = { now: () => now++ };
  const deps: DropDeps = {
    landing: new LandingBucket(client, 'landing'),
    maxFileBytes: 1_000_000,
    sourceById: async () => source || undefined,
    importing: {
      clock,
      ledger: new ImportLedger(new MemoryDocStore()),
      raw: { put: async (record) => void put.push(record) },
      judge: judgeDecoding,
      room: async () => undefined,
      sleep: async () => undefined,
      worker: 'one',
      lease_seconds: 60,
    },
  };
  const report = () => JSON.parse(stored.get('reports/pos/2026/orders.csv.json')?.toString() ?? 'null');
  return { deps, put, calls, report };
}

describe('a message of the queue', () => {
  it.each([
    [message(KEY), DROP],
    [message('incoming/pos/a.csv'), { key: 'incoming/pos/a.csv', source_id: 'pos', name: 'a.csv' }],
    [message('incoming/pos/.hidden'), undefined],
    [message('incoming/pos/a.csv.part'), undefined],
    [message('incoming/a.csv'), undefined],
    [message('incoming/pos/folder/'), undefined],
    [message('reports/pos/a.csv'), undefined],
    ['{', undefined],
    ['[]', undefined],
  ])('%s is about %j', (body, dropped) => {
    expect(droppedOf(body)).toEqual(dropped);
  });
});

describe('a dropped object', () => {
  const csv = `user_id;event\n${Array.from({ length: 3000 }, (_, i) => `M${i};E`).join('\n')}`;

  it('is imported by the settings of its source, and reported on', async () => {
    const { deps, put, calls, report } = world({ [KEY]: csv, 'settings/pos.json': '{"delimiter":";"}' });
    expect(await takeDrop(DROP, deps)).toBe('done');
    expect(put.length).toBeGreaterThan(2);
    expect(report()).toMatchObject({ outcome: 'done', rows: 3000, rows_accepted: 3000, refused: {} });
    expect(JSON.stringify(report())).not.toContain('M17');
    const reads = calls.filter(({ command, input }) => command === 'GetObject' && input.Key === KEY);
    expect(reads.every(({ input }) => input.IfMatch === '"e1"')).toBe(true);
    expect(await takeDrop(DROP, deps)).toBe('again');
    expect(report().outcome).toBe('imported_before');
  });

  it('is left for the next run when the time is over, without a report', async () => {
    const { deps, report } = world({ [KEY]: csv });
    const slice = (): DropDeps => ({
      ...deps,
      importing: { ...deps.importing, deadline: deps.importing.clock.now() + 3 },
    });
    expect(await takeDrop(DROP, slice())).toBe('paused');
    expect(report()).toBeNull();
    let taken = '';
    for (let run = 0; run < 20 && taken !== 'done'; run++) taken = await takeDrop(DROP, slice());
    expect(taken).toBe('done');
    expect(report().rows).toBe(3000);
  });

  it.each([
    ['of a source that nobody made', world({ [KEY]: csv }, false), /no source "pos"/],
    ['that is too large', world({ [KEY]: 'x'.repeat(1_000_001) }), /at most 1000000/],
    [
      'with settings that are none',
      world({ [KEY]: csv, 'settings/pos.json': '{"delimiter":"x"}' }),
      /settings of the source are not valid: \/delimiter/,
    ],
  ])('%s is refused, with the reason in its report', async (_, { deps, put, report }, error) => {
    expect(await takeDrop(DROP, deps)).toBe('refused');
    expect(report().error).toMatch(error);
    expect(put).toEqual([]);
  });

  it('of a source that is switched off fails; one that is gone is gone', async () => {
    const { deps, report } = world({ [KEY]: csv }, { ...SOURCE, disabled: true });
    expect(await takeDrop(DROP, deps)).toBe('failed');
    expect(report().error).toMatch(/switched off/);
    expect(await takeDrop({ ...DROP, key: 'incoming/pos/other.csv' }, deps)).toBe('gone');
  });
});

it('puts no more bytes a second than it may', async () => {
  let now = 0;
  const at: number[] = [];
  const raw = paced(
    { put: async () => void at.push(now) },
    {
      clock: { now: () => now },
      sleep: async (ms) => {
        now += ms;
      },
      bytesPerSecond: 1000,
    },
  );
  for (let i = 0; i < 4; i++) await raw.put(Buffer.alloc(500));
  expect(at).toEqual([0, 500, 1000, 1500]);
});
