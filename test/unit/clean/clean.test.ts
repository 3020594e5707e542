import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import { ARRIVAL, CLEAN_DEPS, rawRecord, SERVER } from '../../support/ingest.ts';

const run = (route: string, body: unknown) => cleanRecord(rawRecord(route, body), CLEAN_DEPS);
const one = (item: object, route = 'track') => run(route, item).events[0];
const time = '2026-11-22T02:00:00.000Z';
const viewed = {
  type: 'track',
  event: 'Product Viewed',
  userId: 'u',
  messageId: 'm1',
  timestamp: time,
  properties: { product_id: 'p1', price: 9.5 },
};

describe('a clean event', () => {
  it('says everything there is to say', () => {
    expect(one({ ...viewed, context: { timezone: 'America/New_York', locale: 'zh' } })).toEqual({
      schema: 'clean-event/1',
      event_id: 'm1',
      body_hash: expect.stringMatching(/^[\w-]{22}$/),
      type: 'track',
      name: 'Product Viewed',
      channel: 'web',
      source_id: 'web',
      verified: false,
      occurred_at: time,
      received_at: ARRIVAL,
      request_id: 'r1',
      local_date: '2026-11-21',
      time_zone: 'America/New_York',
      time_zone_known: true,
      owner: 'user_id:u',
      identifiers: [{ type: 'user_id', value: 'u' }],
      properties: { product_id: 'p1', price: 9.5 },
      traits: {},
      context: { timezone: 'America/New_York', locale: 'zh' },
      consent: {},
      mapping_version: 1,
      flags: [],
    });
  });

  it('is verified when the key is secret, and dated in the zone of the source when it names none', () => {
    const [event] = cleanRecord(rawRecord('track', viewed, SERVER), CLEAN_DEPS).events;
    expect(event).toMatchObject({
      verified: true,
      time_zone: 'Asia/Shanghai',
      time_zone_known: false,
      local_date: '2026-11-22',
    });
  });

  it.each([
    ['a page', { type: 'page', name: 'Home', category: 'Docs' }, { name: 'Home', properties: { category: 'Docs' } }],
    ['a page named in its properties', { type: 'page', properties: { name: 'Home' } }, { name: 'Home' }],
    ['a screen without a name', { type: 'screen' }, { name: 'screen' }],
    [
      'an identify',
      { type: 'identify', traits: { age: 3 }, context: { traits: { age: 2, city: 'x' } } },
      { name: 'identify', traits: { age: 3, city: 'x' } },
    ],
    [
      'a group',
      { type: 'group', groupId: 'g', traits: { plan: 'x' } },
      { name: 'group', traits: {}, properties: { groupId: 'g', plan: 'x' } },
    ],
  ])('%s', (_, item, expected) =>
    expect(
      one({ userId: 'u', ...item }, 'batch') ?? run('batch', { batch: [{ userId: 'u', ...item }] }).events[0],
    ).toMatchObject(expected),
  );

  it('has the consent that it declares, if it is a clear one', () => {
    const consent = (value: unknown) => one({ ...viewed, context: { consent: value } })?.consent;
    expect(consent({ categoryPreferences: { marketing: false, ads: true, x: 'yes' } })).toEqual({
      marketing: false,
      ads: true,
    });
    expect(consent({ marketing: true, strategy: 'opt-in' })).toEqual({ marketing: true });
    expect(consent('all')).toEqual({});
  });

  it('is marked when it is late', () => {
    expect(one({ ...viewed, timestamp: '2026-11-15T02:09:59.999Z' })?.flags).toEqual(['late']);
    expect(one({ ...viewed, timestamp: '2026-11-15T02:10:00.000Z' })?.flags).toEqual([]);
  });
});

describe('a batch', () => {
  it('lends its context to its events, which may know better', () => {
    const body = {
      batch: [viewed, { ...viewed, messageId: 'm2', context: { locale: 'en' } }],
      context: { locale: 'zh', campaign: { name: 'x' } },
      sentAt: time,
    };
    expect(run('batch', body).events.map(({ context }) => context)).toEqual([
      { locale: 'zh', campaign: { name: 'x' } },
      { locale: 'en', campaign: { name: 'x' } },
    ]);
  });

  it('loses nothing: its bad events are quarantined one by one, the others go on', () => {
    const bad = { type: 'track', userId: 'u', messageId: 'm2' };
    const { events, quarantined } = run('batch', {
      batch: [bad, viewed, 7, { ...viewed, userId: '' }],
      writeKey: 'secret',
      context: { a: 1 },
    });
    expect(events.map(({ event_id }) => event_id)).toEqual(['m1']);
    expect(quarantined.map(({ reason, field, route, event_id }) => [reason, field, route, event_id])).toEqual([
      ['missing_field', '/event', 'track', 'm2'],
      ['not_an_object', '', 'batch', undefined],
      ['no_identifier', '/userId', 'track', 'm1'],
    ]);
    expect(quarantined.map(({ original }) => original)).toEqual([
      JSON.stringify({ ...bad, context: { a: 1 } }),
      '{"batch":[7]}',
      JSON.stringify({ ...viewed, userId: '', context: { a: 1 } }),
    ]);
  });
});

describe('duplicate keys', () => {
  const { messageId: _, ...anonymous } = viewed;

  it('are the message id, else the content, however it is sent', () => {
    const { properties: _properties, ...others } = anonymous;
    const again = {
      sentAt: time,
      properties: { price: 9.5, product_id: 'p1' },
      ...others,
      _metadata: { x: 1 },
      writeKey: 'k',
    };
    const [a, b] = [one(anonymous), one(again)];
    expect(a?.event_id).toMatch(/^h_[\w-]{22}$/);
    expect([b?.event_id, b?.body_hash]).toEqual([a?.event_id, a?.body_hash]);
    expect(one({ ...anonymous, userId: 'v' })?.event_id).not.toBe(a?.event_id);
    expect(cleanRecord(rawRecord('track', anonymous, SERVER), CLEAN_DEPS).events[0]?.event_id).not.toBe(a?.event_id);
  });

  it('tell apart events that have neither id nor time', () => {
    const { timestamp: _time, ...timeless } = anonymous;
    const ids = run('batch', { batch: [timeless, timeless] }).events.map(({ event_id }) => event_id);
    expect(new Set(ids).size).toBe(2);
    expect(run('batch', { batch: [timeless, timeless] }).events.map(({ event_id }) => event_id)).toEqual(ids);
  });
});

describe('the tracking plan', () => {
  it.each([
    ['a wrong type', { product_id: 'p', price: 'abc' }, '/properties/price', 'got a string "abc"'],
    ['a missing property', { price: 1 }, '/properties/product_id', 'is required and missing'],
    ['a nested one', { product_id: 'p', items: [{ sku: 's' }, {}] }, '/properties/items/1/sku', 'missing'],
    ['a negative price', { product_id: 'p', price: -1 }, '/properties/price', 'got a number -1'],
  ])('%s is quarantined by name', (_, properties, field, detail) => {
    const [event] = run('track', { ...viewed, properties }).quarantined;
    expect(event).toMatchObject({ reason: 'plan_violation', field, event_name: 'Product Viewed' });
    expect(event?.detail).toContain(detail);
  });

  it('never repeats what is personal', () => {
    const secretive = [
      { product_id: 'p', note: 'a long story about my own life'.repeat(2) },
      { product_id: 13800138000 },
      { product_id: 'p', price: 'a@example.com' },
    ];
    for (const properties of secretive) {
      const [event] = run('track', { ...viewed, properties }).quarantined;
      expect(event?.detail).toMatch(/got a (string|number)\.$/);
    }
  });

  it('applies to the traits of identify, and remarks on what it does not know', () => {
    const [event] = run('identify', { userId: 'u', timestamp: time, traits: { age: 'old' } }).quarantined;
    expect(event).toMatchObject({ reason: 'plan_violation', field: '/traits/age' });
    expect(one({ ...viewed, event: 'constructor' })?.flags).toEqual(['unplanned_event']);
  });

  it('is refused when its schemas are wrong', () => {
    const title = { en: 'x', zh: 'x' };
    const events = {
      E: { title, description: '', type: 'track' as const, properties: { x: { pattern: '(' } }, required: [] },
    };
    expect(() => compilePlan({ plan: 'p', version: 1, owner: 'o', events })).toThrow(/"E"/);
  });
});
