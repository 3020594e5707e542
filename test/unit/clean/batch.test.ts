import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cleanBatch } from '../../../functions/clean/batch.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import { readArchive } from '../../../functions/shared/raw-archive.ts';
import { encodeRaw } from '../../../functions/shared/raw-record.ts';
import { pack } from '../../../functions/shared/stream-codec.ts';
import { tokeniser } from '../../../functions/shared/tokens.ts';
import type { CleanEvent, RawHead } from '../../../schemas/event.ts';
import type { LakeRow } from '../../../schemas/lake.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';

const head: RawHead = {
  v: 1,
  protocol: 'segment',
  route: 'track',
  source: {
    source_id: 'web',
    name: 'Web',
    channel: 'web',
    class: 'public',
    allowed_origins: [],
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
  },
  request_id: 'r',
  received_at: '2026-01-01T00:00:00.000Z',
};
const deps = {
  rules: SHIPPED_RULES,
  plan: compilePlan({ plan: 'p', version: 1, owner: 'o', events: {} }),
  tokenise: tokeniser(Buffer.alloc(32, 7)),
};
const raw = (body: object, fromBytes = Number.POSITIVE_INFINITY) => ({
  bytes: pack(encodeRaw(head, Buffer.from(JSON.stringify(body))), fromBytes),
  arrived_at: '2026-01-01T00:00:01.000Z',
});
const track = (messageId: string, extra: object = {}) => ({
  event: 'Something Done',
  messageId,
  anonymousId: 'a1',
  timestamp: '2026-01-01T00:00:00.000Z',
  ...extra,
});

/** Outputs that note what they are given, in order. */
function recorder(failing?: string) {
  const calls: [string, unknown][] = [];
  const note = (name: string) => async (value: unknown) => {
    calls.push([name, value]);
    if (name === failing) throw new Error(`${name} is down`);
  };
  const outputs = {
    vault: { store: note('vault') },
    lake: {
      put: async (_table: string, rows: readonly LakeRow[]) => note('quarantine')(rows.map((row) => row.reason)),
    },
    clean: { put: async (events: readonly CleanEvent[]) => note('clean')(events.map((event) => event.event_id)) },
    archive: { put: note('archive') },
    count: (counts: Record<string, number>) => void calls.push(['count', counts]),
  };
  return { calls, outputs };
}

describe('cleanBatch', () => {
  it('hands over vault, quarantine, events and the records as they came in this order, and counts them', async () => {
    const { calls, outputs } = recorder();
    const nobody = { event: 'Something Done', messageId: 'm2', timestamp: '2026-01-01T00:00:00.000Z' };
    const records = [raw(track('m1')), raw(nobody), raw(track('m3'), 0)];
    await cleanBatch(records, deps, outputs);
    expect(calls).toEqual([
      ['vault', []],
      ['quarantine', ['no_identifier']],
      ['clean', ['m1', 'm3']],
      ['archive', records.map(({ bytes }) => bytes)],
      ['count', { events: 2, quarantined: 1 }],
    ]);
  });

  it('puts bytes that nobody can read in quarantine, broken gzip too', async () => {
    const { calls, outputs } = recorder();
    const bytes = [Buffer.from('no head'), Buffer.from([0x1f, 0x8b, 1, 2, 3])];
    await cleanBatch(
      bytes.map((one) => ({ bytes: one, arrived_at: '2026-01-01T00:00:01.000Z' })),
      deps,
      outputs,
    );
    expect(calls[1]).toEqual(['quarantine', ['unreadable_record', 'unreadable_record']]);
  });

  it('keeps in the archive what can be told from what comes after it, and nothing else', async () => {
    const { calls, outputs } = recorder();
    const records = [raw(track('m1')), raw(track('m2'), 0)];
    const cut = raw(track('m3')).bytes.subarray(0, -1);
    const bytes = [Buffer.from('no head'), Buffer.from([0x1f, 0x8b, 1, 2, 3]), cut];
    const unreadable = bytes.map((one) => ({ bytes: one, arrived_at: '2026-01-01T00:00:01.000Z' }));
    await cleanBatch([...unreadable, ...records], deps, outputs);
    const kept = calls.find(([name]) => name === 'archive')?.[1] as Uint8Array[];
    expect([...readArchive(gzipSync(Buffer.concat(kept)))]).toEqual(records.map((one) => Buffer.from(one.bytes)));
  });

  it.each(['vault', 'quarantine', 'clean', 'archive'])(
    'fails when %s fails, so that the batch comes again',
    async (name) => {
      const { calls, outputs } = recorder(name);
      const records = [raw(track('m1')), { bytes: Buffer.from('no head'), arrived_at: '2026-01-01T00:00:01.000Z' }];
      await expect(cleanBatch(records, deps, outputs)).rejects.toThrow(`${name} is down`);
      expect(calls.at(-1)?.[0]).toBe(name);
    },
  );
});
