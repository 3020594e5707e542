import { describe, expect, it } from 'vitest';
import type { Target } from '../support/target.ts';

/** Declarations of operators about identity, over HTTP: each takes as long to count as an event does. */
export function identityApiSuite(target: () => Target): void {
  /** Ids of this run, so that several can share a deployment. */
  const id = (name: string): string => `${target().run}${name}`;
  const user = (name: string): string => `user_id:${id(name)}`;
  let sent = 0;
  const track = (event: string, who: object): object => ({ type: 'track', event, messageId: id(`e${++sent}`), ...who });
  const declare = (action: string, identifiers: readonly unknown[], headers: Record<string, string> = {}) =>
    target().post(`/api/identity/${action}`, { identifiers, reason: `${action}: the customer called us` }, headers);
  const anna = { 'x-operator': 'anna' };

  const personOf = async (identifier: string) => {
    const { one_id, identifiers, profile } = await target().person({ identifier });
    return { one_id, keys: identifiers.map(({ key }) => key).sort(), events: profile.behaviour.events };
  };
  const becomes = (identifier: string, expected: object) =>
    target().eventually(async () => {
      const person = await personOf(identifier);
      expect(person).toMatchObject(expected);
      return person;
    });

  /** A member with a cookie of his own and so many events. */
  async function member(name: string, events: number): Promise<void> {
    const who = { userId: id(name), anonymousId: id(`c-${name}`) };
    const history = Array.from({ length: events }, () => track('Signed In', who));
    expect((await target().collect('server', history)).status).toBe(200);
    await becomes(user(name), { events });
  }

  const cookie = (name: string): string => `anonymous_id:${id(`c-${name}`)}`;

  describe('bind, unbind, merge, unmerge and split over HTTP', () => {
    it('answer 202 with what was understood', async () => {
      await member('a1', 2);
      const mail = `${id('li')}@example.com`;
      const answer = await declare(
        'bind',
        [user('a1').replace(':', ': '), { type: 'email', value: mail.toUpperCase() }],
        anna,
      );
      expect(answer.status).toBe(202);
      expect(answer.json).toMatchObject({
        action: 'bind',
        by: target().caller('anna'),
        reason: 'bind: the customer called us',
        identifiers: [user('a1'), expect.stringMatching(/^email:t1\./)],
      });
      const person = await becomes(`email:${mail}`, { events: 2 });
      expect(person).toEqual(await personOf(user('a1')));
      // What the API shows can be sent back to it.
      await declare('unbind', answer.json.identifiers, anna);
      await becomes(user('a1'), { keys: [cookie('a1'), user('a1')] });
    });

    it('merge two members with their histories, and unmerge gives back exactly the two there were', async () => {
      await member('b1', 3);
      await member('b2', 4);
      const before = [await personOf(user('b1')), await personOf(user('b2'))];
      await declare('merge', [user('b1'), user('b2')], anna);
      const merged = await becomes(user('b2'), { one_id: before[0]?.one_id, events: 7 });
      expect(merged).toEqual(await personOf(cookie('b1')));
      expect(merged.keys).toHaveLength(4);
      await declare('unmerge', [user('b1'), user('b2')], anna);
      await target().eventually(async () => {
        expect([await personOf(user('b1')), await personOf(user('b2'))]).toEqual(before);
      });
    });

    it('split keeps apart what events would join', async () => {
      const phone = '13800138001';
      await declare('split', [user('d1'), `phone:${phone}`], anna);
      await target().collect('server', { type: 'identify', userId: id('d1'), traits: { phone } });
      await becomes(user('d1'), { events: 1, keys: [user('d1')] });
      await declare('unmerge', [user('d1'), `phone:${phone}`], anna);
      await becomes(user('d1'), { keys: [expect.stringMatching(/^phone:t1\./), user('d1')] });
      await declare('unbind', [`phone:${phone}`], anna);
    });

    it('release one identifier from all it was seen with before, but not from what comes after', async () => {
      const phone = '13800138002';
      await target().collect('server', { type: 'identify', userId: id('f1'), traits: { phone } });
      await becomes(user('f1'), { events: 1 });
      await declare('unbind', [`phone:${phone}`], anna);
      await becomes(user('f1'), { keys: [user('f1')] });
      await target().collect('server', { type: 'identify', userId: id('f2'), traits: { phone } });
      await becomes(`phone:${phone}`, { keys: expect.arrayContaining([user('f2')]) });
      expect((await personOf(user('f1'))).keys).toEqual([user('f1')]);
    });

    it('count nothing in a profile: an operator who looks after a customer is no event of his', async () => {
      await declare('bind', [user('g1'), user('g1b')], anna);
      await becomes(user('g1'), { events: 0 });
    });

    it('come as events of the same name from a server, and not from a public key', async () => {
      const messageId = id('crm1');
      const merge = { type: 'merge', identifiers: [user('b1'), user('b2')], reason: 'CRM says so', messageId };
      const refused = await target().collect('web', merge);
      expect(refused).toMatchObject({ status: 403, json: { refused: [{ reason: 'secret_key_required' }] } });
      await target().eventually(async () => {
        const rows = await target().sql(`SELECT reason, field FROM quarantine WHERE event_id = '${messageId}'`);
        expect(rows).toEqual([['secret_key_required', '/type']]);
      });
      expect((await personOf(user('b1'))).events).toBe(3);
      expect((await target().collect('server', merge)).status).toBe(200);
      await becomes(user('b1'), { events: 7 });
      await target().eventually(async () => {
        const [audit] = (await target().get(`/api/audit?identifier=${user('b2')}&limit=1`)).json.audit;
        expect(audit).toMatchObject({ actor: 'source:server', why: 'CRM says so', event_id: messageId });
      });
      await declare('unmerge', [user('b1'), user('b2')], anna);
      await becomes(user('b1'), { events: 3 });
    });

    it('act on all identifiers or on none', async () => {
      const bad = await declare('merge', [user('b1'), user('b2'), 'phone:00000000000']);
      expect(bad).toMatchObject({ status: 400, json: { error: 'blocked_identifier' } });
      const identifiers = [user('b1'), user('b2'), 'phone:1'];
      const event = { type: 'merge', identifiers, reason: 'x', messageId: id('bad1') };
      expect((await target().collect('server', event)).status).toBe(200);
      await target().eventually(async () => {
        const rows = await target().sql(`SELECT reason, field FROM quarantine WHERE event_id = '${id('bad1')}'`);
        expect(rows).toEqual([['invalid_identifier', '/identifiers/2']]);
      });
      expect((await personOf(user('b1'))).keys).not.toContain(user('b2'));
      expect(await target().value(`SELECT count(*) FROM audit WHERE event_id = '${id('bad1')}'`)).toBe(0);
    });

    it.each<[string, unknown, number, string, string]>([
      ['one identifier', { identifiers: ['user_id:b1'], reason: 'x' }, 400, 'invalid_field', '/identifiers'],
      ['no reason', { identifiers: ['user_id:b1', 'user_id:b2'] }, 400, 'missing_field', '/reason'],
      [
        'a value without a type',
        { identifiers: ['user_id:b1', 'b2'], reason: 'x' },
        400,
        'invalid_identifier',
        '/identifiers/1',
      ],
      [
        'the same one twice',
        { identifiers: ['user_id:b1', 'user_id:b1'], reason: 'x' },
        400,
        'invalid_field',
        '/identifiers/1',
      ],
      [
        'another name',
        { identifiers: ['user_id:b1', 'user_id:b2'], reason: 'x', actor: 'eve' },
        400,
        'invalid_field',
        '/actor',
      ],
      [
        'a time that is none',
        { identifiers: ['user_id:b1', 'user_id:b2'], reason: 'x', timestamp: 'soon' },
        400,
        'invalid_time',
        '/timestamp',
      ],
      ['half a body', '[', 400, 'invalid_json', 'Send JSON'],
      ['a huge body', 'x'.repeat(70_000), 413, 'body_too_large', 'bytes'],
    ])('refuse %s', async (_, body, status, error, where) => {
      const answer = await target().post('/api/identity/merge', body);
      expect(answer).toMatchObject({ status, json: { error } });
      expect(answer.json.message).toContain(where);
    });

    it('count once by Idempotency-Key, and refuse a key that is none', async () => {
      const key = id('case-4711');
      const headers = { 'idempotency-key': key };
      const answers = [
        await declare('bind', [user('h1'), user('h2')], headers),
        await declare('bind', [user('h1'), user('h2')], headers),
      ];
      expect(answers.map(({ status, json }) => [status, json.event_id])).toEqual([
        [202, key],
        [202, key],
      ]);
      await target().eventually(async () => {
        const rows = await target().sql(`SELECT count(*), min(actor) FROM audit WHERE event_id = '${key}'`);
        expect(rows).toEqual([[1, target().caller()]]);
      });
      const none = await declare('bind', [user('h1'), user('h2')], { 'idempotency-key': 'a b' });
      expect(none).toMatchObject({ status: 400, json: { error: 'invalid_idempotency_key' } });
    });
  });
}
