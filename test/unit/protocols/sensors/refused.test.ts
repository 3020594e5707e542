import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { javaHash } from '../../../../functions/shared/protocols/sensors/receive.ts';
import { MAX_BATCH_EVENTS } from '../../../../functions/shared/segment-limits.ts';
import { base64, FROM_SERVER, form, profile, sent, sentRecords, TRACK } from './support.ts';

describe('what breaks the rules is refused by itself', () => {
  const long = 'x'.repeat(256);
  it.each([
    ['not_an_object', '', 'text'],
    ['unknown_type', '/type', { ...TRACK, type: 'trace' }],
    ['missing_field', '/event', { ...TRACK, event: undefined }],
    ['invalid_field', '/event', { ...TRACK, event: '1st' }],
    ['invalid_field', '/event', { ...TRACK, event: 'Distinct_ID' }],
    ['invalid_field', '/event', { ...TRACK, event: 'x'.repeat(101) }],
    ['invalid_field', '/properties/a b', { ...TRACK, properties: { 'a b': 1 } }],
    ['invalid_field', '/properties/user_id', { ...TRACK, properties: { user_id: 1 } }],
    ['invalid_field', '/properties', { ...TRACK, properties: [] }],
    ['invalid_field', '/distinct_id', { ...TRACK, distinct_id: long }],
    ['invalid_field', '/identities/a', { ...TRACK, identities: { a: long } }],
    ['invalid_field', '/identities', { ...TRACK, identities: 'x' }],
    ['invalid_field', '/login_id', { ...TRACK, login_id: {} }],
    ['invalid_time', '/time', { ...TRACK, time: 'yesterday' }],
    ['invalid_field', '/properties', profile('profile_increment', { points: '5' })],
    ['describes_item', '/type', { type: 'item_set', item_type: 'food', item_id: '1', properties: {} }],
    ['describes_item', '/type', { type: 'item_delete', item_type: 'food', item_id: '1' }],
    ['no_identifier', '/userId', { ...TRACK, distinct_id: undefined, login_id: undefined }],
  ])('%s at %s', async (reason, field, record) => {
    const { answer, events, quarantined } = await sentRecords([TRACK, record, { ...TRACK, _track_id: 8 }]);
    expect(answer.status).toBe(200);
    expect(events).toHaveLength(2);
    expect(quarantined.map((each) => [each.reason, each.field])).toEqual([[reason, field]]);
    expect(quarantined[0]?.detail).not.toContain(long);
  });

  it('too many at once are refused whole, and kept', async () => {
    const records = Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => ({}));
    const { answer, quarantined } = await sentRecords(records);
    expect([answer.status, quarantined.map(({ reason }) => reason)]).toEqual([200, ['too_many_events']]);
  });

  it('keeps no key with it', async () => {
    const { quarantined } = await sentRecords([{ ...TRACK, event: '1', token: 'pk_secret' }]);
    expect(JSON.stringify(quarantined)).not.toContain('pk_secret');
  });
});

describe('any input', () => {
  it('is taken, or refused with a reason; no prototype is reached', async () => {
    const anyRecord = fc.record(
      {
        type: fc.constantFrom(
          'track',
          'track_signup',
          'track_id_bind',
          'track_id_unbind',
          'profile_set',
          'profile_set_once',
          'profile_append',
          'profile_unset',
        ),
        event: fc.oneof(fc.constant('E'), fc.constant('$pageview'), fc.jsonValue()),
        time: fc.oneof(fc.constant(TRACK.time), fc.jsonValue()),
        distinct_id: fc.oneof(fc.constant('u-1'), fc.jsonValue()),
        login_id: fc.jsonValue(),
        identities: fc.oneof(
          fc.dictionary(fc.constantFrom('$identity_mobile', '__proto__', 'a'), fc.jsonValue()),
          fc.jsonValue(),
        ),
        properties: fc.oneof(
          fc.dictionary(fc.constantFrom('$url', '$title', '__proto__', 'a', '$timezone_offset'), fc.jsonValue()),
          fc.jsonValue(),
        ),
        lib: fc.jsonValue(),
        _track_id: fc.jsonValue(),
        _flush_time: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(anyRecord, fc.jsonValue()), { maxLength: 5 }),
        fc.boolean(),
        async (records, server) => {
          const { answer, events, quarantined } = await sentRecords(records, server ? FROM_SERVER : {});
          expect(answer.status).toBe(200);
          expect(events.length + quarantined.length).toBe(records.length);
          expect(quarantined.filter(({ reason }) => reason === 'internal_error')).toEqual([]);
          expect(Object.keys({}).concat(Object.keys(Object.prototype))).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('however a form is bent, the answer is one of ours', async () => {
    const whole = form({ data_list: base64([TRACK]), gzip: '0', ext: `crc=${javaHash(base64([TRACK]))}` });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length }),
        fc.string({ maxLength: 5 }),
        fc.nat({ max: 40 }),
        async (at, by, drop) => {
          const body = whole.slice(0, at) + by + whole.slice(at + drop);
          const { answer, events, quarantined } = await sent({ body });
          expect(answer.status).toBe(200);
          expect(events.length + quarantined.length).toBe(1);
          expect(quarantined.filter(({ reason }) => reason === 'internal_error')).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
