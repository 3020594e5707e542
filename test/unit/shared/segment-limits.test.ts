import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EVENT_BYTES } from '../../../functions/shared/json-limits.ts';
import { unpack } from '../../../functions/shared/protocols/segment/decode.ts';
import { type Arrival, checkEvent } from '../../../functions/shared/segment-limits.ts';

const HUGE = Number.POSITIVE_INFINITY;
const from = (route: string, bytes = 0): Arrival => ({ route, bytes, sender: 'public' });
const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`);
const track = (extra: object) => ({ type: 'track', event: 'E', userId: 'u', ...extra });

describe('checkEvent', () => {
  it.each([
    ['nothing wrong', track({}), undefined, undefined],
    ['a number as an id', track({ userId: 7 }), undefined, undefined],
    ['null properties', track({ properties: null }), undefined, undefined],
    ['no object', 7, 'not_an_object', ''],
    ['an array', [], 'not_an_object', ''],
    ['no type', { userId: 'u' }, 'unknown_type', '/type'],
    ['another type', { type: 'toString' }, 'unknown_type', '/type'],
    ['no name', { type: 'track', userId: 'u' }, 'missing_field', '/event'],
    ['a blank name', track({ event: '  ' }), 'missing_field', '/event'],
    ['a name that is an object', track({ event: {} }), 'invalid_field', '/event'],
    ['a long name', track({ event: 'x'.repeat(201) }), 'invalid_field', '/event'],
    ['an id that is an object', track({ userId: {} }), 'invalid_field', '/userId'],
    ['an id that is a boolean', track({ anonymousId: true }), 'invalid_field', '/anonymousId'],
    ['properties that are an array', track({ properties: [] }), 'invalid_field', '/properties'],
    ['context that is a string', track({ context: 'x' }), 'invalid_field', '/context'],
    ['a long message id', track({ messageId: 'm'.repeat(101) }), 'invalid_field', '/messageId'],
    ['a message id of 100', track({ messageId: 'm'.repeat(100) }), undefined, undefined],
    [
      '__proto__',
      track({ properties: JSON.parse('{"x":{"__proto__":1}}') }),
      'forbidden_key',
      '/properties/x/__proto__',
    ],
    ['depth 32', track({ properties: nested(31) }), undefined, undefined],
    ['depth 33', track({ properties: nested(32) }), 'too_deep', '/properties/a/a'],
    ['depth 100,000', track({ properties: nested(100_000) }), 'too_deep', '/properties/a/a'],
    ['500 properties', track({ properties: many(500) }), undefined, undefined],
    ['501 properties', track({ properties: many(501) }), 'too_many_properties', '/properties'],
  ])('%s', (_, event, reason, field) => {
    const finding = checkEvent(event, from('batch'));
    expect([finding?.reason, finding?.field]).toEqual([reason, field]);
  });

  it('takes the type from the path', () => {
    expect(checkEvent({ userId: 'u' }, from('identify'))).toBeUndefined();
    expect(checkEvent({ userId: 'u', type: 'identify' }, from('track'))?.reason).toBe('missing_field');
  });

  it.each(['x', '汉', '\u0001', '"', '😀'])('draws the line at exactly 32 KiB of JSON, written with %j', (char) => {
    const empty = Buffer.byteLength(JSON.stringify(track({ properties: { x: '' } })));
    const each = Buffer.byteLength(JSON.stringify(char)) - 2;
    const fits = char.repeat(Math.floor((MAX_EVENT_BYTES - empty) / each));
    expect(checkEvent(track({ properties: { x: fits } }), from('batch', HUGE))).toBeUndefined();
    expect(checkEvent(track({ properties: { x: fits + char } }), from('batch', HUGE))?.reason).toBe('event_too_large');
  });

  it('finds every event that is too large, and no other', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 1, max: 60_000 }), (value, length) => {
        const event = track({ properties: { value, pad: 'y'.repeat(length) } });
        // What JSON.parse makes of this name is refused for the name, whatever the size.
        fc.pre(!JSON.stringify(event).includes('"__proto__":'));
        const tooLarge = Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES;
        expect(checkEvent(event, from('batch', HUGE))?.reason === 'event_too_large').toBe(tooLarge);
      }),
    );
  });
});

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, i]));
}

describe('unpack', () => {
  it.each([
    ['a string', 'x', 'not_an_object'],
    ['no batch', {}, 'batch_missing'],
    ['a batch that is an object', { batch: {} }, 'batch_missing'],
    ['2,501 events', { batch: Array(2501).fill({}) }, 'too_many_events'],
    ['a context that is a list', { batch: [], context: [] }, 'invalid_field'],
    ['__proto__', JSON.parse('{"batch":[],"__proto__":{}}'), 'forbidden_key'],
    ['__proto__ in the context', JSON.parse('{"batch":[],"context":{"__proto__":{}}}'), 'forbidden_key'],
    ['a deep context', { batch: [], context: nested(100_000) }, 'too_deep'],
    ['a large context', { batch: [], context: { x: 'x'.repeat(40_000) } }, 'event_too_large'],
    [
      'a context that grows with the batch',
      { batch: Array(2500).fill({}), context: { x: 'x'.repeat(20_000) } },
      'event_too_large',
    ],
  ])('refuses %s', (_, body, reason) => expect(unpack(body, 'batch')).toMatchObject({ reason }));

  it('takes 2,500 events', () =>
    expect(unpack({ batch: Array(2500).fill({}) }, 'batch')).toHaveProperty('items.length', 2500));
});
