import { describe, expect, test } from 'vitest';
import { compileRules, oneId, type Resolution, resolve } from '../../../../functions/shared/identity/resolve.ts';
import { edge, SHIPPED_RULES, seen, verified } from '../../../support/identity.ts';

const rules = compileRules(SHIPPED_RULES);

/** Members of each person, in one order. */
const groups = ({ persons }: Resolution): string[][] => persons.map(({ members }) => members).sort();
const reasons = ({ rejected }: Resolution) => rejected.map(({ edge: { a, b }, reason }) => [a, b, reason]);
const personOf = ({ persons }: Resolution, key: string) => persons.find(({ members }) => members.includes(key));

describe('the seed story', () => {
  const story = [
    verified('user_id:m1', 'phone:p1', { kind: 'import' }),
    edge('openid:wxapp:o1', 'phone:p1', { source_id: 'miniprogram' }),
    edge('anonymous_id:c1', 'user_id:m1', { kind: 'login' }),
  ];
  /** The store's scan names the phone alone: a sighting without an edge. */
  const scan = { key: 'phone:p1', first_seen: '2026-03-04T00:00:00.000Z' };
  const sightings = [...seen({ 'anonymous_id:c1': 1, 'user_id:m1': 2, 'phone:p1': 2, 'openid:wxapp:o1': 3 }), scan];

  test('CRM, mini program, website and store are one person, with the web visits from before the login', () => {
    const resolution = resolve(story, sightings, rules);
    expect(resolution.persons).toEqual([
      {
        one_id: oneId('anonymous_id:c1'),
        founder: 'anonymous_id:c1',
        members: ['anonymous_id:c1', 'openid:wxapp:o1', 'phone:p1', 'user_id:m1'],
        shared: false,
      },
    ]);
    expect(resolution.rejected).toEqual([]);
  });

  test('before the login the cookie is a person of its own, with an id that the merge then keeps', () => {
    const before = resolve([], seen({ 'anonymous_id:c1': 1 }), rules);
    expect(before.persons.map(({ one_id }) => one_id)).toEqual([oneId('anonymous_id:c1')]);
  });

  test('another member on the same tablet stays another person', () => {
    const tablet = [
      edge('device_id:tablet', 'user_id:m1', { kind: 'login' }),
      edge('device_id:tablet', 'user_id:m2', { kind: 'login' }),
      edge('anonymous_id:c2', 'user_id:m2', { kind: 'login' }),
    ];
    const resolution = resolve([...story, ...tablet], sightings, rules);
    expect(personOf(resolution, 'user_id:m1')?.members).toHaveLength(4);
    expect(personOf(resolution, 'user_id:m2')?.members).toEqual(['anonymous_id:c2', 'user_id:m2']);
    expect(personOf(resolution, 'device_id:tablet')).toMatchObject({ members: ['device_id:tablet'], shared: true });
  });
});

describe('shared identifiers', () => {
  test('a family tablet belongs to nobody from the second member on, also for the first one', () => {
    const first = edge('device_id:tablet', 'user_id:mum');
    expect(groups(resolve([first], [], rules))).toEqual([['device_id:tablet', 'user_id:mum']]);
    const both = resolve([first, edge('device_id:tablet', 'user_id:dad')], [], rules);
    expect(groups(both)).toEqual([['device_id:tablet'], ['user_id:dad'], ['user_id:mum']]);
    expect(reasons(both).map(([, , reason]) => reason)).toEqual(['shared', 'shared']);
    expect(both.rejected[0]?.detail).toBe(
      'device_id:tablet is shared: it was seen with user_id:dad and with user_id:mum',
    );
  });

  test('verified evidence does not make a shared identifier join anything either', () => {
    const both = [verified('device_id:tablet', 'user_id:mum'), verified('device_id:tablet', 'user_id:dad')];
    expect(groups(resolve(both, [], rules))).toHaveLength(3);
  });

  test('a kiosk seen with several phones joins none of its customers', () => {
    const phones = ['phone:p1', 'phone:p2', 'phone:p3'];
    const kiosk = phones.map((phone) => verified('device_id:kiosk', phone, { source_id: 'store' }));
    const resolution = resolve(kiosk, [], rules);
    expect(groups(resolution)).toEqual([['device_id:kiosk'], ...phones.map((phone) => [phone])]);
    expect(resolution.persons.filter(({ shared }) => shared).map(({ founder }) => founder)).toEqual([
      'device_id:kiosk',
    ]);
  });

  test('a browser seen with two openids of one app is shared, with openids of two apps it is not', () => {
    const one = edge('anonymous_id:c1', 'openid:app1:o1');
    expect(groups(resolve([one, edge('anonymous_id:c1', 'openid:app1:o2')], [], rules))).toHaveLength(3);
    expect(groups(resolve([one, edge('anonymous_id:c1', 'openid:app2:o2')], [], rules))).toHaveLength(1);
  });

  test('a browser seen with many devices is not shared: weak identifiers may join those', () => {
    const devices = [1, 2, 3].map((n) => edge('anonymous_id:c1', `device_id:d${n}`));
    expect(groups(resolve(devices, [], rules))).toHaveLength(1);
  });

  test('a strong identifier is not shared by being seen with two others', () => {
    const openids = [edge('user_id:m1', 'openid:app1:o1'), edge('user_id:m1', 'openid:app1:o2')];
    const resolution = resolve(openids, [], rules);
    expect(groups(resolution)).toEqual([['openid:app1:o1', 'user_id:m1'], ['openid:app1:o2']]);
    expect(reasons(resolution)).toEqual([['openid:app1:o2', 'user_id:m1', 'unique']]);
  });

  test('an unbind takes the second member off the tablet again', () => {
    const two = [edge('device_id:tablet', 'user_id:mum'), edge('device_id:tablet', 'user_id:guest')];
    const unbound = resolve([...two, verified('device_id:tablet', 'user_id:guest', { kind: 'unbind' })], [], rules);
    expect(groups(unbound)).toEqual([['device_id:tablet', 'user_id:mum'], ['user_id:guest']]);
  });

  test('an identifier with more neighbours than max_degree joins nothing, weak or strong', () => {
    const few = compileRules({ ...SHIPPED_RULES, max_degree: 3 });
    const cookies = [1, 2, 3, 4].map((n) => edge('phone:hotline', `anonymous_id:c${n}`));
    expect(groups(resolve(cookies.slice(1), [], few))).toHaveLength(1);
    const over = resolve(cookies, [], few);
    expect(groups(over)).toHaveLength(5);
    expect(over.rejected[0]).toMatchObject({
      reason: 'degree',
      detail: 'phone:hotline was seen with more than 3 others',
    });
    expect(personOf(over, 'phone:hotline')).toMatchObject({ shared: true, isolated: 'degree' });
  });

  test('of an identifier that was named too often, what is verified still holds', () => {
    const few = compileRules({ ...SHIPPED_RULES, max_degree: 3 });
    const cookies = [1, 2, 3].map((n) => edge('user_id:m1', `anonymous_id:c${n}`));
    const known = [verified('user_id:m1', 'phone:p1'), verified('user_id:m1', 'email:e1')];
    const resolution = resolve([...cookies, ...known], [], few);
    expect(personOf(resolution, 'user_id:m1')).toMatchObject({
      members: ['email:e1', 'phone:p1', 'user_id:m1'],
      shared: false,
      crowded: ['user_id:m1'],
    });
    expect(resolution.rejected.map(({ reason, detail }) => [reason, detail])).toEqual(
      cookies.map(() => [
        'degree',
        'user_id:m1 was seen with more than 3 others; unverified evidence no longer counts',
      ]),
    );
    const verifiedCookies = cookies.map((cookie) => ({ ...cookie, verified: true }));
    expect(personOf(resolve([...verifiedCookies, ...known], [], few), 'user_id:m1')?.shared).toBe(true);
  });

  test('neighbours of which one person has ever more count towards nobody’s degree, verified or not', () => {
    const few = compileRules({ ...SHIPPED_RULES, max_degree: 3 });
    for (const make of [edge, verified]) {
      const orders = Array.from({ length: 9 }, (_, n) => make('email:e1', `order_id:s:r${n}`));
      const known = ['user_id:m1', 'phone:p1', 'anonymous_id:c1'].map((key) => verified('email:e1', key));
      expect(groups(resolve([...orders, ...known], [], few))).toHaveLength(1);
      const cookies = Array.from({ length: 4 }, (_, n) => make('email:e1', `anonymous_id:c${n}`));
      expect(personOf(resolve([...orders, ...cookies], [], few), 'email:e1')).toMatchObject({ isolated: 'degree' });
    }
  });

  test('such an identifier has a degree of its own, and may be shared', () => {
    const few = compileRules({ ...SHIPPED_RULES, max_degree: 3 });
    const placeholder = [1, 2, 3, 4].map((n) => edge('order_id:s:0x', `anonymous_id:c${n}`));
    expect(personOf(resolve(placeholder, [], few), 'order_id:s:0x')?.isolated).toBe('degree');
    const two = ['user_id:m1', 'user_id:m2'].map((key) => verified('order_id:s:r1', key));
    expect(personOf(resolve(two, [], few), 'order_id:s:r1')?.isolated).toBe('shared');
  });

  test('one neighbour seen by many sources counts once', () => {
    const few = compileRules({ ...SHIPPED_RULES, max_degree: 2 });
    const sources = ['web', 'app', 'crm', 'pos'].map((source_id) => edge('phone:p1', 'anonymous_id:c1', { source_id }));
    expect(groups(resolve(sources, [], few))).toHaveLength(1);
  });
});

describe('identifiers that count for nothing', () => {
  test.each([
    ['anonymous_id:undefined', '"undefined" in anonymous_id:undefined is on the blocked list of the identity rules'],
    ['user_id: NULL ', '" NULL " in user_id: NULL  is on the blocked list of the identity rules'],
    ['openid:wxapp:none', '"none" in openid:wxapp:none is on the blocked list of the identity rules'],
    ['openid:o1', 'openid:o1 has no scope; write it as openid:<scope>:<value>'],
    ['loyalty:77', 'loyalty:77 is of a type without a rule; add the type to the identity rules'],
    ['no-type', 'no-type is of a type without a rule; add the type to the identity rules'],
  ])('%s contributes no edges', (key, detail) => {
    const resolution = resolve([verified(key, 'phone:p1'), verified(key, 'phone:p2')], [], rules);
    expect(groups(resolution)).toEqual([[key], ['phone:p1'], ['phone:p2']].sort());
    expect(resolution.rejected.map((rejected) => [rejected.reason, rejected.detail])).toEqual([
      ['blocked', detail],
      ['blocked', detail],
    ]);
  });

  test('a colon belongs to the value', () => {
    expect(groups(resolve([edge('anonymous_id:a:null', 'user_id:m1')], [], rules))).toHaveLength(1);
    expect(groups(resolve([edge('openid:wxapp:x:null', 'user_id:m1')], [], rules))).toHaveLength(1);
  });
});

test('nobody known, nobody found', () => {
  expect(resolve([], [], rules)).toEqual({ persons: [], accepted: [], rejected: [] });
});

test('an account that is trusted to be one member’s does not become shared because another claims it', () => {
  const known = verified('jd_pin:shop:anna', 'user_id:m1');
  const claimed = edge('jd_pin:shop:anna', 'user_id:evil');
  const resolution = resolve([known, claimed], [], rules);
  expect(personOf(resolution, 'user_id:m1')?.members).toEqual(['jd_pin:shop:anna', 'user_id:m1']);
  expect(resolution.rejected.map(({ reason }) => reason)).toEqual(['unique']);
  const both = resolve([known, { ...claimed, verified: true }], [], rules);
  expect(personOf(both, 'jd_pin:shop:anna')?.isolated).toBe('shared');
});

describe('what a model guesses', () => {
  const guess = (a: string, b: string) => verified(a, b, { kind: 'probabilistic', confidence: 0.96, model: 'v1' });

  test('gives way to what was seen', () => {
    const login = edge('email:e1', 'user_id:m2', { kind: 'login', verified: true });
    const { accepted, rejected } = resolve([guess('email:e1', 'user_id:m1'), login], [], rules);
    expect(accepted.map(({ kind }) => kind)).toEqual(['login']);
    expect(rejected.map(({ edge, reason }) => [edge.kind, reason])).toEqual([['probabilistic', 'unique']]);
  });

  test('makes no browser shared', () => {
    const login = edge('anonymous_id:c1', 'user_id:m2', { kind: 'login' });
    const resolution = resolve([guess('anonymous_id:c1', 'user_id:m1'), login], [], rules);
    expect(personOf(resolution, 'anonymous_id:c1')).toMatchObject({
      members: ['anonymous_id:c1', 'user_id:m2'],
      shared: false,
    });
  });
});
