import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { EmbeddedServer } from '../../local/server.ts';
import { dataFolder } from '../support/data-folder.ts';
import { type RunningServer, send, startServer } from '../support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

let sent = 0;
const track = (event: string, who: object): object => ({ type: 'track', event, messageId: `e${++sent}`, ...who });
const declare = (action: string, identifiers: readonly unknown[], headers: Record<string, string> = {}) =>
  server.post(`/api/identity/${action}`, { identifiers, reason: `${action}: the customer called us` }, headers);
const anna = { 'x-operator': 'anna' };

/** A member with a cookie of his own and so many events. */
async function member(id: string, events: number): Promise<void> {
  const who = { userId: id, anonymousId: `c-${id}` };
  const history = Array.from({ length: events }, () => track('Signed In', who));
  expect((await server.collect('server', history)).status).toBe(200);
}

const personOf = async (identifier: string) => {
  const { one_id, identifiers, profile } = await server.person({ identifier });
  return { one_id, keys: identifiers.map(({ key }) => key).sort(), events: profile.behaviour.events };
};

describe('bind, unbind, merge, unmerge and split over HTTP', () => {
  it('answer 202 with what was understood', async () => {
    await member('a1', 2);
    const answer = await declare('bind', ['user_id: a1 ', { type: 'email', value: 'Li@Example.COM' }], anna);
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      action: 'bind',
      by: 'anna',
      reason: 'bind: the customer called us',
      identifiers: ['user_id:a1', expect.stringMatching(/^email:t1\./)],
    });
    const person = await personOf('email:li@example.com');
    expect(person).toEqual(await personOf('user_id:a1'));
    expect(person.events).toBe(2);
    // What the API shows can be sent back to it.
    await declare('unbind', answer.json.identifiers, anna);
    expect((await personOf('user_id:a1')).keys).toEqual(['anonymous_id:c-a1', 'user_id:a1']);
  });

  it('merge two members with their histories, and unmerge gives back exactly the two there were', async () => {
    await member('b1', 3);
    await member('b2', 4);
    const before = [await personOf('user_id:b1'), await personOf('user_id:b2')];
    await declare('merge', ['user_id:b1', 'user_id:b2'], anna);
    const merged = await personOf('user_id:b2');
    expect(merged).toEqual(await personOf('anonymous_id:c-b1'));
    expect(merged).toMatchObject({ one_id: before[0]?.one_id, events: 7 });
    expect(merged.keys).toHaveLength(4);
    await declare('unmerge', ['user_id:b1', 'user_id:b2'], anna);
    expect([await personOf('user_id:b1'), await personOf('user_id:b2')]).toEqual(before);
  });

  it('split keeps apart what events would join', async () => {
    await declare('split', ['user_id:d1', 'phone:13800138001'], anna);
    await server.collect('server', { type: 'identify', userId: 'd1', traits: { phone: '13800138001' } });
    expect((await personOf('user_id:d1')).keys).toEqual(['user_id:d1']);
    await declare('unmerge', ['user_id:d1', 'phone:13800138001'], anna);
    expect((await personOf('user_id:d1')).keys).toHaveLength(2);
  });

  it('release one identifier from all it was seen with before, but not from what comes after', async () => {
    await server.collect('server', { type: 'identify', userId: 'f1', traits: { phone: '13800138002' } });
    await declare('unbind', ['phone:13800138002'], anna);
    expect((await personOf('user_id:f1')).keys).toEqual(['user_id:f1']);
    await server.collect('server', { type: 'identify', userId: 'f2', traits: { phone: '13800138002' } });
    expect((await personOf('phone:13800138002')).keys).toContain('user_id:f2');
    expect((await personOf('user_id:f1')).keys).toEqual(['user_id:f1']);
  });

  it('count nothing in a profile: an operator who looks after a customer is no event of his', async () => {
    await declare('bind', ['user_id:g1', 'user_id:g1b'], anna);
    expect((await personOf('user_id:g1')).events).toBe(0);
  });

  it('come as events of the same name from a server, and not from a public key', async () => {
    const merge = {
      type: 'merge',
      identifiers: ['user_id:b1', 'user_id:b2'],
      reason: 'CRM says so',
      messageId: 'crm1',
    };
    const refused = await server.collect('web', merge);
    expect(refused).toMatchObject({ status: 403, json: { refused: [{ reason: 'secret_key_required' }] } });
    expect((await personOf('user_id:b1')).events).toBe(3);
    const rows = await server.sql(`SELECT reason, field FROM quarantine WHERE event_id = 'crm1'`);
    expect(rows).toEqual([['secret_key_required', '/type']]);
    expect((await server.collect('server', merge)).status).toBe(200);
    expect((await personOf('user_id:b1')).events).toBe(7);
    const [audit] = (await server.get('/api/audit?identifier=user_id:b2&limit=1')).json.audit;
    expect(audit).toMatchObject({ actor: 'source:server', why: 'CRM says so', event_id: 'crm1' });
    await declare('unmerge', ['user_id:b1', 'user_id:b2'], anna);
  });

  it('act on all identifiers or on none', async () => {
    const before = await server.value('SELECT count(*) FROM audit');
    const bad = await declare('merge', ['user_id:b1', 'user_id:b2', 'phone:00000000000']);
    expect(bad).toMatchObject({ status: 400, json: { error: 'blocked_identifier' } });
    const event = {
      type: 'merge',
      identifiers: ['user_id:b1', 'user_id:b2', 'phone:1'],
      reason: 'x',
      messageId: 'bad1',
    };
    expect((await server.collect('server', event)).status).toBe(200);
    expect((await personOf('user_id:b1')).keys).not.toContain('user_id:b2');
    expect(await server.sql(`SELECT reason, field FROM quarantine WHERE event_id = 'bad1'`)).toEqual([
      ['invalid_identifier', '/identifiers/2'],
    ]);
    expect(await server.value('SELECT count(*) FROM audit')).toBe(before);
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
    const answer = await server.post('/api/identity/merge', body);
    expect(answer).toMatchObject({ status, json: { error } });
    expect(answer.json.message).toContain(where);
  });

  it('count once by Idempotency-Key, and refuse a key that is none', async () => {
    const key = { 'idempotency-key': 'case-4711' };
    const answers = [
      await declare('bind', ['user_id:h1', 'user_id:h2'], key),
      await declare('bind', ['user_id:h1', 'user_id:h2'], key),
    ];
    expect(answers.map(({ status, json }) => [status, json.event_id])).toEqual([
      [202, 'case-4711'],
      [202, 'case-4711'],
    ]);
    expect(await server.sql(`SELECT count(*), min(actor) FROM audit WHERE event_id = 'case-4711'`)).toEqual([
      [1, 'local operator'],
    ]);
    const none = await declare('bind', ['user_id:h1', 'user_id:h2'], { 'idempotency-key': 'a b' });
    expect(none).toMatchObject({ status: 400, json: { error: 'invalid_idempotency_key' } });
  });
});

it('waits, as the collector does, until the sample traffic has gone through', async () => {
  const seeding = await EmbeddedServer.start({ port: 0, dir: dataFolder(), seed: true });
  onTestFinished(() => seeding.close());
  for (const path of ['/api/identity/merge', '/api/persons/p_x/split']) {
    const answer = await send(`${seeding.url}${path}`, { method: 'POST', body: '{}' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, json: { error: 'not_ready' } });
  }
});

it('has no write key for the operators: nobody but the API speaks for them', () => {
  expect(Object.keys(server.keys)).not.toContain('operators');
});
