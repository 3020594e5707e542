import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import { replayRecord } from '../../../functions/shared/raw-record.ts';
import { CleanEvent, QuarantinedEvent } from '../../../schemas/event.ts';
import { REASONS } from '../../../schemas/reasons.ts';
import { ARRIVAL, CLEAN_DEPS, rawRecord, WEB } from '../../support/ingest.ts';

const cleanEvent = Compile(CleanEvent);
const quarantinedEvent = Compile(QuarantinedEvent);

const run = (route: string, body: unknown) => cleanRecord(rawRecord(route, body), CLEAN_DEPS);
const time = '2026-11-22T02:00:00.000Z';
const viewed = {
  type: 'track',
  event: 'Product Viewed',
  userId: 'u',
  messageId: 'm1',
  timestamp: time,
  properties: { product_id: 'p1', price: 9.5 },
};

describe('quarantine', () => {
  it('is idempotent: the same event has the same id in any batch, at any place and time', () => {
    const bad = { type: 'track', userId: 'u', messageId: 'm2' };
    const ids = [{ batch: [bad] }, { batch: [viewed, bad] }, { batch: [bad, bad] }].flatMap((body) =>
      run('batch', body).quarantined.map(({ quarantine_id }) => quarantine_id),
    );
    expect(new Set(ids).size).toBe(1);
    expect(run('track', bad).quarantined[0]?.quarantine_id).toBe(ids[0]);
  });

  it('feeds in again to the same event, once what was wrong is put right', () => {
    const strict = {
      ...CLEAN_DEPS,
      plan: compilePlan({
        plan: 'p',
        version: 1,
        owner: 'o',
        events: {
          'Product Viewed': {
            title: { en: 'x', zh: 'x' },
            description: '',
            type: 'track',
            properties: { price: { type: 'string' } },
            required: [],
          },
        },
      }),
    };
    const body = {
      batch: [{ ...viewed, timestamp: '2026-11-22T01:00:00.000Z' }],
      context: { locale: 'zh' },
      sentAt: '2026-11-22T01:00:01.000Z',
      writeKey: 'k',
    };
    const [held] = cleanRecord(rawRecord('batch', body), strict).quarantined;
    if (held === undefined) throw new Error('The event was not quarantined.');
    const again = cleanRecord(replayRecord(held, WEB), CLEAN_DEPS);
    // Only that it was the replay that brought it now.
    const [first] = run('batch', body).events;
    expect(again.events).toEqual([{ ...first, request_id: held.quarantine_id }]);
    expect(again.quarantined).toEqual([]);
    expect(again.events[0]).toMatchObject({ flags: ['clock_skewed'], occurred_at: '2026-11-22T02:09:59.000Z' });
    expect(cleanRecord(replayRecord(held, WEB), strict).quarantined).toEqual([held]);
  });

  it.each([
    ['no UTF-8', Buffer.from([0xff, 0x00]), 'invalid_utf8', 'base64:/wA='],
    ['no JSON', '{"a":', 'invalid_json', '{"a":'],
    ['no batch', '{"writeKey":"k","x":1}', 'batch_missing', '{"x":1}'],
    ['nothing', '', 'invalid_json', ''],
  ])('keeps the bytes of %s', (_, body, reason, original) => {
    expect(run('batch', body)).toMatchObject({ events: [], quarantined: [{ reason, original, route: 'batch' }] });
  });

  it('keeps what is nested too deep to be written out', () => {
    const deep = `{"batch":[{"type":"track","event":"E","userId":"u","properties":${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`;
    expect(run('batch', deep).quarantined).toMatchObject([{ reason: 'too_deep', original: deep, route: 'batch' }]);
  });

  it('keeps no write key', () => {
    const items = [
      { type: 'track', userId: 'u', writeKey: 'hush' },
      { type: 'nope', writeKey: 'hush' },
    ];
    const held = run('batch', { batch: items, writeKey: 'hush' }).quarantined;
    expect(held.map(({ reason }) => reason)).toEqual(['missing_field', 'unknown_type']);
    expect(JSON.stringify(held)).not.toContain('hush');
  });

  it('takes what is no record at all', () => {
    const { quarantined } = cleanRecord(Buffer.from('nonsense'), { ...CLEAN_DEPS, arrivedAt: ARRIVAL });
    expect(quarantined).toMatchObject([{ reason: 'unreadable_record', original: 'nonsense', first_seen: ARRIVAL }]);
  });

  it('takes what makes the code fail', () => {
    const failing = {
      ...CLEAN_DEPS,
      tokenise: () => {
        throw new Error('no key');
      },
    };
    const { quarantined } = cleanRecord(
      rawRecord('identify', { userId: 'u', traits: { phone: '13800138000' } }),
      failing,
    );
    expect(quarantined).toMatchObject([{ reason: 'internal_error', detail: 'Cleaning failed: no key' }]);
  });
});

describe('any input', () => {
  const value = fc.jsonValue({ maxDepth: 4 });
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('u', '13800138000', 'a@example.com', 'null', time, '2026', 'Product Viewed'),
  );
  const field = fc.oneof(
    value,
    text,
    fc.dictionary(
      fc.constantFrom('phone', 'email', 'traits', 'device', 'timezone', 'consent', 'openid', 'externalIds'),
      fc.oneof(value, text),
    ),
  );
  const item = fc.oneof(
    value,
    fc.record(
      {
        type: fc.constantFrom('track', 'identify', 'page', 'alias', 'group', 'x'),
        event: field,
        userId: field,
        anonymousId: field,
        previousId: field,
        messageId: field,
        timestamp: field,
        originalTimestamp: field,
        sentAt: field,
        properties: field,
        traits: field,
        context: field,
        name: field,
      },
      { requiredKeys: ['type'] },
    ),
  );

  it('becomes a clean event or a quarantined one, each valid and none lost; and always the same', () => {
    const batch = fc.record(
      { batch: fc.array(item, { maxLength: 4 }), context: field, sentAt: field },
      { requiredKeys: ['batch'] },
    );
    fc.assert(
      fc.property(batch, (body) => {
        const record = rawRecord('batch', body);
        const result = cleanRecord(record, CLEAN_DEPS);
        for (const event of result.events) expect([...cleanEvent.Errors(event)]).toEqual([]);
        for (const event of result.quarantined) {
          expect([...quarantinedEvent.Errors(event)]).toEqual([]);
          expect(REASONS).toHaveProperty(event.reason);
          expect(event.reason).not.toBe('internal_error');
        }
        const whole = result.quarantined.some(
          ({ field: at }) => at.startsWith('/context') || at.startsWith('/sentAt') || at === '',
        );
        const count = result.events.length + result.quarantined.length;
        expect(count === body.batch.length || (whole && count === 1)).toBe(true);
        expect(cleanRecord(record, CLEAN_DEPS)).toEqual(result);
      }),
      { numRuns: 1000 },
    );
  });

  it('of any bytes is quarantined, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, headed) => {
        const record = headed ? rawRecord('track', bytes) : bytes;
        const { events, quarantined } = cleanRecord(record, CLEAN_DEPS);
        expect(events.length + quarantined.length).toBe(1);
      }),
    );
  });

  it('quarantined is quarantined again under the same id when nothing has changed', () => {
    fc.assert(
      fc.property(item, (each) => {
        for (const held of cleanRecord(rawRecord('batch', { batch: [each] }), CLEAN_DEPS).quarantined) {
          expect(cleanRecord(replayRecord(held, WEB), CLEAN_DEPS).quarantined).toEqual([held]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
