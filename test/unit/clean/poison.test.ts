import { describe, expect, it } from 'vitest';
import { type CleanOutputs, cleanBatch } from '../../../functions/clean/batch.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import { takeBatch } from '../../../functions/shared/kinesis-batch.ts';
import { encodeRaw } from '../../../functions/shared/raw-record.ts';
import { tokeniser } from '../../../functions/shared/tokens.ts';
import type { RawHead } from '../../../schemas/event.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';
import { readShard, shardRecord } from '../../support/shard-reader.ts';

const RECORDS = 7;
const positions = Array.from({ length: RECORDS }, (_, index) => index);

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
const event = (messageId: string) => ({ event: 'Done', messageId, anonymousId: 'a1', timestamp: head.received_at });
const raw = (body: unknown) => encodeRaw(head, Buffer.from(JSON.stringify(body)));
const good = (index: number) => raw(event(`m${index}`));

/** A shard with one bad record among good ones, read by clean to outputs in memory. One event can never be put on the clean stream. */
async function read(bad: Uint8Array, position: number) {
  const onStream: string[] = [];
  const quarantined = new Set<string>();
  const outputs: CleanOutputs = {
    vault: { store: async () => undefined },
    lake: {
      put: async (_, rows) => {
        for (const row of rows) quarantined.add(`${row.reason} ${row.quarantine_id}`);
      },
    },
    clean: {
      put: async (events) => {
        const ids = events.map(({ event_id }) => event_id);
        if (ids.includes('refused')) throw new Error('the stream refuses it');
        onStream.push(...ids);
      },
    },
    count: () => undefined,
  };
  const records = positions.map((index) => shardRecord(index === position ? bad : good(index), index));
  const givenUp = await readShard(records, (shard) =>
    takeBatch(
      shard,
      (batch) => cleanBatch(batch, deps, outputs),
      () => undefined,
    ),
  );
  const others = positions.filter((index) => index !== position).map((index) => `m${index}`);
  return { onStream, quarantined: [...quarantined], givenUp, others, records };
}

describe('a bad record', () => {
  const kinds: readonly (readonly [what: string, bytes: Uint8Array, reason: string])[] = [
    ['bytes that are nothing', Buffer.from([0xff, 0xfe, 0]), 'unreadable_record'],
    ['torn gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'unreadable_record'],
    ['a body that is no JSON', encodeRaw(head, Buffer.from('{')), 'invalid_json'],
    [
      'an event that names nobody',
      raw({ event: 'Done', messageId: 'm', timestamp: head.received_at }),
      'no_identifier',
    ],
  ];
  const everywhere = kinds.flatMap(([what, bytes, reason]) =>
    positions.map((position) => [what, position, bytes, reason] as const),
  );

  it.each(everywhere)(
    'ends in quarantine, %s at position %i, and the others get through once',
    async (_, at, bytes, reason) => {
      const { onStream, quarantined, givenUp, others } = await read(bytes, at);
      expect(onStream).toEqual(others);
      expect(quarantined).toEqual([expect.stringMatching(new RegExp(`^${reason} `))]);
      expect(givenUp).toEqual([]);
    },
  );

  it.each(positions)(
    'that fails each time for another reason is given up on alone, at position %i',
    async (position) => {
      const { onStream, quarantined, givenUp, others, records } = await read(raw(event('refused')), position);
      expect(givenUp).toEqual([{ records: [records[position]] }]);
      expect([...new Set(onStream)]).toEqual(others);
      expect(quarantined).toEqual([]);
    },
  );
});
