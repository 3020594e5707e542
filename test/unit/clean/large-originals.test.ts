import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import { firehoseLine } from '../../../functions/shared/firehose-lake.ts';
import { quarantineRow } from '../../../functions/shared/quarantine-row.ts';
import { decodeOriginal, encodeRaw } from '../../../functions/shared/raw-record.ts';
import { tokeniser } from '../../../functions/shared/tokens.ts';
import type { RawHead } from '../../../schemas/event.ts';
import { SHIPPED_RULES } from '../../support/identity.ts';

const BODY_BYTES = 500 * 1024;
const RECORD_BYTES = 1_000 * 1024;

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
  arrivedAt: '2026-01-01T00:00:01.000Z',
};

/** A body of the largest size, filled with a text. */
const filled = (before: string, filler: string, after: string): Buffer =>
  Buffer.from(before + filler.repeat((BODY_BYTES - before.length - after.length) / filler.length) + after);

describe('the largest bodies that a collector takes', () => {
  it.each([
    ['quotation marks that are no JSON', filled('', '"', '')],
    ['an event of escaped quotation marks', filled('{"event":"e","anonymousId":"a","properties":{"p":"', '\\"', '"}}')],
    ['an event of numbers in exponents', filled('{"event":"e","anonymousId":"a","properties":{"p":[', '1E20,', '1]}}')],
    ['bytes that are no text', Buffer.alloc(BODY_BYTES, 0xff)],
    ['control characters', Buffer.alloc(BODY_BYTES, 1)],
  ])('fit into a row of the quarantine, and come out as they were: %s', (_, body) => {
    const { events, quarantined } = cleanRecord(encodeRaw(head, body), deps);
    expect(events).toEqual([]);
    const [item] = quarantined;
    if (!item) throw new Error('nothing is in quarantine');
    expect(Buffer.byteLength(firehoseLine('quarantine', quarantineRow(item, 'open', 0)))).toBeLessThan(RECORD_BYTES);
    const original = decodeOriginal(item.original);
    const isEvent = body[0] === 0x7b;
    if (isEvent) expect(JSON.parse(original.toString())).toEqual(JSON.parse(body.toString()));
    else expect(original.equals(body)).toBe(true);
  });
});
