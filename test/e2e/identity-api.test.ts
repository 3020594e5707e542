import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { oneId } from '../../functions/shared/identity/resolve.ts';
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

describe('POST /api/persons/<one_id>/split', () => {
  const split = (one_id: string, identifiers: readonly string[], more: object = {}) =>
    server.post(`/api/persons/${one_id}/split`, { identifiers, reason: 'sold the phone', ...more }, anna);

  /** phone–cookie–member, and phone–member too. */
  async function chain(n: number): Promise<{ one_id: string; phone: string; cookie: string; user: string }> {
    const [phone, cookie, user] = [`1390013900${n}`, `k${n}`, `k-m${n}`];
    await server.collect('server', [
      track('Signed In', { anonymousId: cookie, context: { traits: { phone } } }),
      track('Signed In', { anonymousId: cookie, userId: user }),
      track('Signed In', { userId: user, context: { traits: { phone } } }),
    ]);
    const { one_id, keys } = await personOf(`user_id:${user}`);
    expect(keys).toHaveLength(3);
    return { one_id, phone: `phone:${phone}`, cookie: `anonymous_id:${cookie}`, user: `user_id:${user}` };
  }

  it.each(['phone', 'cookie', 'user'] as const)(
    'cuts the %s out of a chain, and leaves the other two together',
    async (which) => {
      const all = await chain(['phone', 'cookie', 'user'].indexOf(which) + 1);
      const answer = await split(all.one_id, [all[which]]);
      expect(answer.status).toBe(202);
      const rest = (['phone', 'cookie', 'user'] as const).filter((name) => name !== which).map((name) => all[name]);
      const cut = await personOf(all[which]);
      expect(cut.keys).toHaveLength(1);
      const remaining = await Promise.all(rest.map(personOf));
      expect(remaining[0]).toEqual(remaining[1]);
      expect(remaining[0]?.keys).toHaveLength(2);
      expect(remaining[0]?.keys).not.toContain(cut.keys[0]);
      expect(remaining[0]?.one_id).not.toBe(cut.one_id);
      // Both are named after their own founders, and no event was lost.
      expect(cut.one_id).toBe(oneId(cut.keys[0] ?? ''));
      expect(cut.events + (remaining[0]?.events ?? 0)).toBe(3);
      const again = await split(remaining[0]?.one_id ?? '', [all[which]]);
      expect(again).toMatchObject({ status: 409, json: { error: 'not_in_person' } });
    },
  );

  it('keeps together what is cut out together', async () => {
    const all = await chain(4);
    expect((await split(all.one_id, [all.phone, all.cookie])).json.parted).toHaveLength(2);
    expect((await personOf(all.phone)).keys).toEqual((await personOf(all.cookie)).keys);
    expect((await personOf(all.user)).keys).toEqual([all.user]);
  });

  it('refuses what would leave nothing, and a time', async () => {
    const all = await chain(5);
    const everything = await split(all.one_id, [all.phone, all.cookie, all.user]);
    expect(everything).toMatchObject({ status: 409, json: { error: 'nothing_remains' } });
    expect(await split(all.one_id, [all.phone], { timestamp: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 400 });
    expect(await split('p_nobody', [all.phone])).toMatchObject({ status: 404, json: { error: 'person_not_found' } });
  });
});

describe('the audit', () => {
  it('has a row for each declaration, newest first, without personal values', async () => {
    await server.collect('server', { type: 'identify', userId: 'z1', traits: { phone: '13800138009' } });
    const body = { identifiers: ['user_id:z1', 'phone:138 0013 8009'], reason: 'said 13800138009 is not his, li@b.cn' };
    await server.post('/api/identity/unbind', body, anna);
    await server.post('/api/identity/bind', { ...body, reason: 'it was his after all' }, anna);
    const { one_id } = await server.person({ identifier: 'user_id:z1' });
    const { audit } = (await server.get(`/api/audit?person=${one_id}`)).json;
    expect(
      audit.map(({ action, actor, why }: { action: string; actor: string; why: string }) => [action, actor, why]),
    ).toEqual([
      ['bind', 'anna', 'it was his after all'],
      ['unbind', 'anna', expect.stringMatching(/^said t1\.\S+ is not his, t1\.\S+$/)],
    ]);
    expect(audit[0]).toMatchObject({
      identifiers: ['user_id:z1', expect.stringMatching(/^phone:t1\./)],
      source_id: 'operators',
      outcome: 'taken_in',
    });
    expect((await server.get('/api/audit?identifier=phone:13800138009')).json.audit).toEqual(audit);
    expect((await server.get(`/api/audit?person=${one_id}&limit=1`)).json.audit).toEqual([audit[0]]);
    expect(
      await server.sql(`SELECT action, count(*) FROM audit WHERE owner = 'user_id:z1' GROUP BY action ORDER BY 1`),
    ).toEqual([
      ['bind', 1],
      ['unbind', 1],
    ]);
    const text = JSON.stringify(await server.sql('SELECT * FROM audit'));
    expect(text).not.toMatch(/13800138009|8009|li@b\.cn/);
  });

  it('does not take one identifier for another that begins like it', async () => {
    await declare('bind', ['user_id:y1', 'user_id:y10'], anna);
    await declare('bind', ['user_id:y10', 'user_id:y11'], anna);
    expect((await server.get('/api/audit?identifier=user_id:y1')).json.audit).toHaveLength(1);
  });

  it('says who and why in the explanation of a person', async () => {
    await member('x1', 1);
    await member('x2', 1);
    await declare('merge', ['user_id:x1', 'user_id:x2'], anna);
    const { one_id } = await server.person({ identifier: 'user_id:x1' });
    const path = `/api/persons/${one_id}/explain?from=anonymous_id:c-x1&to=user_id:x2`;
    const { path: chain, same_person } = (await server.get(path)).json;
    expect(same_person).toBe(true);
    const merge = chain.find(({ kind }: { kind: string }) => kind === 'manual');
    expect(merge).toMatchObject({ declared: { by: 'anna', why: 'merge: the customer called us' }, verified: true });
    expect(merge.sentence).toMatch(
      /^anna declared user_id:x1 and user_id:x2 one person \(.* UTC, verified\): "merge: .* us"\.$/,
    );
    expect(chain[0].sentence).toMatch(
      /^anonymous_id:c-x1 and user_id:x1 were named together at a login in source server \(/,
    );

    await declare('unmerge', ['user_id:x1', 'user_id:x2'], anna);
    await declare('split', ['user_id:x1', 'user_id:x2'], { 'x-operator': 'bob' });
    const after = (await server.get(path)).json;
    expect(after).toMatchObject({ same_person: false, path: [] });
    const refused = after.rejected.find(({ kind }: { kind: string }) => kind === 'manual');
    expect(refused).toMatchObject({ reason: 'retracted', declared: { by: 'anna' } });
    expect(refused.sentence).toContain('It joins nothing: ');
    expect(after.apart).toEqual([expect.objectContaining({ kind: 'split', holds: true })]);
    expect(after.apart[0].sentence).toMatch(/^bob keeps user_id:x1 and user_id:x2 apart/);

    await declare('merge', ['user_id:x1', 'user_id:x2'], anna);
    const again = (await server.get(path)).json;
    expect(again).toMatchObject({ same_person: true, apart: [{ kind: 'split', holds: false }] });
    expect(again.apart[0].sentence).toContain('overruled by a later bind or merge.');
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
