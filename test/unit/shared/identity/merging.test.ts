import { describe, expect, test } from 'vitest';
import { compileRules, oneId, type Resolution, resolve } from '../../../../functions/shared/identity/resolve.ts';
import { edge, SHIPPED_RULES, seen, verified } from '../../../support/identity.ts';

const rules = compileRules(SHIPPED_RULES);

const groups = ({ persons }: Resolution): string[][] => persons.map(({ members }) => members).sort();
const reasons = ({ rejected }: Resolution) => rejected.map(({ edge: { a, b }, reason }) => [a, b, reason]);
const at = (day: number): { first_seen: string } => ({ first_seen: `2026-03-0${day}T00:00:00.000Z` });

describe('attach, never merge', () => {
  test('an attacker who sends a member id with his own phone through a public key gets nothing', () => {
    const crm = verified('user_id:victim', 'phone:victims');
    const attack = edge('user_id:victim', 'phone:attackers', { kind: 'login' });
    const resolution = resolve([crm, attack], [], rules);
    expect(groups(resolution)).toEqual([['phone:attackers'], ['phone:victims', 'user_id:victim']]);
    expect(reasons(resolution)).toEqual([['phone:attackers', 'user_id:victim', 'attach_never_merge']]);
    expect(resolution.rejected[0]?.detail).toBe(
      'unverified evidence may attach identifiers, not join phone:attackers with phone:victims; verify the source',
    );
  });

  test('nor does it help him to go through a cookie of his own', () => {
    const attack = [edge('anonymous_id:c', 'phone:attackers', at(1)), edge('anonymous_id:c', 'user_id:victim', at(2))];
    expect(groups(resolve(attack, [], rules))).toEqual([['anonymous_id:c', 'user_id:victim'], ['phone:attackers']]);
  });

  test('a public key attaches weak identifiers to a person who holds strong ones', () => {
    const crm = verified('user_id:m1', 'phone:p1');
    const web = [edge('anonymous_id:c1', 'user_id:m1'), edge('anonymous_id:c1', 'device_id:d1')];
    expect(groups(resolve([crm, ...web], [], rules))).toHaveLength(1);
  });

  test('verified CRM evidence joins two strong identifiers', () => {
    expect(groups(resolve([verified('user_id:m1', 'phone:p1')], [], rules))).toHaveLength(1);
  });

  test('so does a person in the console, also without a signature', () => {
    expect(groups(resolve([edge('user_id:m1', 'phone:p1', { kind: 'manual' })], [], rules))).toHaveLength(1);
  });

  test('unverified evidence inside one person is accepted', () => {
    const both = [verified('user_id:m1', 'phone:p1'), edge('user_id:m1', 'phone:p1')];
    expect(resolve(both, [], rules)).toMatchObject({
      accepted: both.map(({ event_id }) => ({ event_id })),
      rejected: [],
    });
  });
});

describe('unique rules and limits', () => {
  test('two members are never one person, even when verified', () => {
    const resolution = resolve([verified('user_id:m1', 'user_id:m2')], [], rules);
    expect(resolution.rejected[0]).toMatchObject({
      reason: 'unique',
      detail: 'one person may hold 1 of user_id, this would make 2: user_id:m1 on one side, user_id:m2 on the other',
    });
  });

  test('a recycled phone stays with the member who had it first', () => {
    const evidence = [verified('user_id:new', 'phone:p1', at(5)), verified('user_id:old', 'phone:p1', at(1))];
    const resolution = resolve(evidence, [], rules);
    expect(groups(resolution)).toEqual([['phone:p1', 'user_id:old'], ['user_id:new']]);
    expect(reasons(resolution)).toEqual([['phone:p1', 'user_id:new', 'unique']]);
  });

  test('and goes to the new one once the old one has given it up', () => {
    const evidence = [
      verified('user_id:old', 'phone:p1', at(1)),
      verified('user_id:old', 'phone:p1', { kind: 'unbind', ...at(4) }),
      verified('user_id:new', 'phone:p1', at(5)),
    ];
    const resolution = resolve(evidence, [], rules);
    expect(groups(resolution)).toEqual([['phone:p1', 'user_id:new'], ['user_id:old']]);
    expect(reasons(resolution)).toEqual([['phone:p1', 'user_id:old', 'split']]);
    expect(resolution.rejected[0]?.detail).toBe('phone:p1 and user_id:old are kept apart by unbind');
  });

  test('a fourth phone is over the limit of three', () => {
    const phones = [1, 2, 3, 4].map((n) => verified('user_id:m1', `phone:p${n}`, at(n)));
    const resolution = resolve(phones, [], rules);
    expect(groups(resolution)).toEqual([['phone:p1', 'phone:p2', 'phone:p3', 'user_id:m1'], ['phone:p4']]);
    expect(resolution.rejected[0]).toMatchObject({
      reason: 'limit',
      detail: 'one person may hold 3 of phone, this would make 4: phone:p1 on one side, phone:p4 on the other',
    });
  });

  test('openids of two apps are one person, a second openid of one app is not', () => {
    const evidence = [
      verified('openid:app1:o1', 'unionid:op:u1', at(1)),
      verified('openid:app2:o2', 'unionid:op:u1', at(2)),
      verified('openid:app1:o3', 'unionid:op:u1', at(3)),
    ];
    const resolution = resolve(evidence, [], rules);
    expect(groups(resolution)).toEqual([['openid:app1:o1', 'openid:app2:o2', 'unionid:op:u1'], ['openid:app1:o3']]);
    expect(reasons(resolution)).toEqual([['openid:app1:o3', 'unionid:op:u1', 'unique']]);
  });
});

describe('the strongest evidence wins', () => {
  const rivals = (mine: object, other: object) =>
    groups(resolve([verified('user_id:a', 'phone:p1', other), verified('user_id:z', 'phone:p1', mine)], [], rules));
  const mine = [['phone:p1', 'user_id:z'], ['user_id:a']];

  test.each([
    ['manual before verified', { kind: 'manual', verified: false, confidence: 0.1 }, {}],
    ['confidence before age', { confidence: 0.9, ...at(9) }, { confidence: 0.8, ...at(1) }],
    ['age before key', at(1), at(2)],
  ])('%s', (_, strong, weak) => expect(rivals(strong, weak)).toEqual(mine));

  test('verified before confidence', () => {
    const evidence = [
      edge('openid:app:o1', 'user_id:a'),
      verified('openid:app:o2', 'user_id:a', { confidence: 0.2, ...at(9) }),
    ];
    expect(reasons(resolve(evidence, [], rules))).toEqual([['openid:app:o1', 'user_id:a', 'unique']]);
  });

  test('the stronger type before the older sighting', () => {
    const evidence = [edge('anonymous_id:c1', 'phone:p1', at(1)), edge('anonymous_id:c1', 'user_id:m1', at(9))];
    expect(groups(resolve(evidence, [], rules))).toEqual([['anonymous_id:c1', 'user_id:m1'], ['phone:p1']]);
  });

  test('by key when all else is equal', () => {
    const evidence = [verified('phone:p1', 'user_id:b', at(1)), verified('phone:p1', 'user_id:a', at(1))];
    expect(groups(resolve(evidence, [], rules))).toEqual([['phone:p1', 'user_id:a'], ['user_id:b']]);
  });
});

describe('split', () => {
  test('keeps two sides apart whatever else would join them, also after they have grown', () => {
    const evidence = [
      verified('phone:p1', 'user_id:m1', at(1)),
      verified('email:e1', 'phone:p2', at(2)),
      verified('phone:p1', 'phone:p2', at(3)),
      verified('email:e1', 'user_id:m1', { kind: 'split', ...at(4) }),
    ];
    const resolution = resolve(evidence, [], rules);
    expect(groups(resolution)).toEqual([
      ['email:e1', 'phone:p2'],
      ['phone:p1', 'user_id:m1'],
    ]);
    expect(reasons(resolution)).toEqual([['phone:p1', 'phone:p2', 'split']]);
    expect(resolution.rejected[0]?.detail).toBe('email:e1 and user_id:m1 are kept apart by split');
  });

  test('taking the split away gives back the one person', () => {
    const joined = [verified('phone:p1', 'user_id:m1'), verified('email:e1', 'user_id:m1')];
    const split = verified('email:e1', 'user_id:m1', { kind: 'split' });
    expect(groups(resolve([...joined, split], [], rules))).toHaveLength(2);
    expect(groups(resolve(joined, [], rules))).toHaveLength(1);
  });
});

describe('One ID', () => {
  test('is 100 bits of SHA-256 in base32, and never changes', () => {
    expect(oneId('user_id:m1')).toMatch(/^p_[a-z2-7]{20}$/);
    expect(oneId('user_id:m1')).toBe('p_w6q3s4oot4ws66qyc2hl');
  });

  test('comes from the oldest identifier, so that a merge keeps the older id and undoing it gives back both', () => {
    const sightings = seen({ 'user_id:m1': 5, 'phone:p1': 2 });
    const apart = resolve([], sightings, rules).persons.map(({ one_id }) => one_id);
    expect(apart).toEqual([oneId('phone:p1'), oneId('user_id:m1')].sort());
    const merged = resolve([verified('user_id:m1', 'phone:p1', at(6))], sightings, rules);
    expect(merged.persons.map(({ one_id, founder }) => [one_id, founder])).toEqual([[oneId('phone:p1'), 'phone:p1']]);
  });

  test('between two of one age it comes from the smaller key', () => {
    const persons = resolve(
      [verified('user_id:m1', 'phone:p1')],
      seen({ 'user_id:m1': 2, 'phone:p1': 2 }),
      rules,
    ).persons;
    expect(persons[0]?.founder).toBe('phone:p1');
  });

  test('an identifier that was never sighted is as old as its oldest edge, a sighted one as its sighting', () => {
    const evidence = [verified('user_id:m1', 'phone:p1', at(6)), verified('email:e1', 'user_id:m1', at(3))];
    expect(resolve(evidence, [], rules).persons[0]?.founder).toBe('email:e1');
    expect(resolve(evidence, seen({ 'email:e1': 9 }), rules).persons[0]?.founder).toBe('user_id:m1');
  });
});

test('a bind of long ago that was taken back does not make what was seen after a release look as old', () => {
  const [phone, member] = ['phone:t1.p', 'user_id:m1'];
  const evidence = [
    edge(phone, phone, { kind: 'unbind', last_seen: '2026-04-01T00:00:00.000Z' }),
    edge(phone, member, { verified: true, first_seen: '2026-05-01T00:00:00.000Z' }),
  ];
  const declared = { source_id: 'desk', verified: true, first_seen: '2026-03-01T00:00:00.000Z' };
  const bind = edge(phone, member, { ...declared, kind: 'bind', last_seen: '2026-03-01T00:00:00.000Z' });
  const back = edge(phone, member, { ...declared, kind: 'retract', last_seen: '2026-06-01T00:00:00.000Z' });
  const known = seen({ [phone]: 1, [member]: 2 });
  const after = resolve([...evidence, bind, back], known, rules);
  expect(after.persons).toEqual(resolve(evidence, known, rules).persons);
  expect(groups(after)).toEqual([[phone, member]]);
});
