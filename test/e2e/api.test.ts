import { readFileSync, statSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Decision } from '../../schemas/decision.ts';
import { Person } from '../../schemas/profile.ts';
import { dataFolder } from '../support/data-folder.ts';
import { type RunningServer, send, startServer } from '../support/server.ts';

let server: RunningServer;
let one_id = '';

beforeAll(async () => {
  server = await startServer();
  const member = { userId: 'm1', anonymousId: 'c1' };
  const answer = await server.collect('web', [
    { type: 'identify', ...member, messageId: 'i', traits: { name: '王五', email: 'a@example.com' } },
    { type: 'track', ...member, messageId: 'added', event: 'Product Added', properties: { product_id: 'p1' } },
    { type: 'track', ...member, messageId: 'bad', event: 'Product Added', properties: {} },
  ]);
  expect(answer.json).toMatchObject({ success: true, accepted: 3 });
  await server.post('/api/clock', { advance: 'PT31M' });
  one_id = (await server.person({ identifier: 'user_id:m1' })).one_id;
});
afterAll(() => server.stop());

interface Operation {
  readonly parameters: readonly { name: string; in: string }[];
  readonly responses: Record<string, { content: { 'application/json': { schema: TSchema } } }>;
}

describe('the OpenAPI document', () => {
  const valueFor = (template: string, name: string): string | undefined =>
    template === '/api/quality' ? days[name] : values[name];
  const today = new Date().toISOString().slice(0, 10);
  const days: Record<string, string> = { from: today, to: today, source: 'web', event: 'identify' };
  const values: Record<string, string> = {
    from: 'user_id:m1',
    to: 'anonymous_id:c1',
    campaign: 'cart-left-30-minutes',
    reason: 'plan_violation',
    event_id: 'bad',
    limit: '5',
    status: 'open',
    outcome: 'sent',
    identifier: 'user_id:m1',
  };

  /** A schema of the document as a validator, its references put in place. */
  const validator = (document: { components: { schemas: Record<string, unknown> } }, schema: TSchema) => {
    const whole = JSON.stringify(schema, (_, value: unknown) => {
      if (typeof value !== 'object' || value === null || !('$ref' in value)) return value;
      return document.components.schemas[String(value.$ref).split('/').at(-1) ?? ''];
    });
    return Compile(JSON.parse(whole) as TSchema);
  };

  it('describes every route, and each answers as it says', async () => {
    const { json: document } = await server.get('/api/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    await server.collect('web', { type: 'identify', userId: 'm9', anonymousId: 'c9' });
    const { one_id: other } = await server.person({ identifier: 'user_id:m9' });
    const bodyFor = (path: string): object => {
      if (path === '/api/sql') return { sql: 'SELECT 1 AS one' };
      if (path === '/api/persons/search') return { identifiers: ['user_id:m1'] };
      const identifiers = path.endsWith(`${other}/split`) ? ['anonymous_id:c9'] : ['user_id:o1', 'user_id:o2'];
      return { identifiers, reason: 'to see the answer' };
    };
    const seen: string[] = [];
    for (const [template, operations] of Object.entries<Record<string, Operation>>(document.paths)) {
      // A review has to be there first: match.test.ts makes some. Sources and mappings are made and changed in tests of their own.
      if (/\{(?:review_id|source_id|name)\}/.test(template)) continue;
      for (const [method, operation] of Object.entries(operations)) {
        if (method !== 'get' && /^\/api\/(?:sources|mappings)/.test(template)) continue;
        const oneId = method === 'post' ? other : one_id;
        const path = template.replace('{one_id}', oneId).replace('{identifier}', 'anonymous_id:c9');
        const status = '202' in operation.responses ? 202 : 200;
        const query = operation.parameters.filter((each) => each.in === 'query').map(({ name }) => name);
        const full = new URLSearchParams(query.map((name) => [name, valueFor(template, name) ?? one_id]));
        for (const suffix of query.length > 0 ? ['', `?${full}`] : ['']) {
          const answer = method === 'post' ? await server.post(path, bodyFor(path)) : await server.get(path + suffix);
          expect({ path: path + suffix, status: answer.status }).toEqual({ path: path + suffix, status });
          expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
          const schema = operation.responses[status]?.content['application/json'].schema;
          const check = validator(document, schema ?? {});
          expect({ path, errors: [...check.Errors(answer.json)] }).toEqual({ path, errors: [] });
          seen.push(`${method} ${template}`);
        }
      }
    }
    expect([...new Set(seen)].sort()).toEqual(
      [
        'get /api/audit',
        'get /api/decisions',
        'get /api/devices/{identifier}',
        'get /api/health',
        'get /api/mappings',
        'get /api/matches',
        'get /api/openapi.json',
        'get /api/persons',
        'get /api/persons/{one_id}',
        'get /api/persons/{one_id}/events',
        'get /api/persons/{one_id}/explain',
        'get /api/quality',
        'get /api/quarantine',
        'get /api/sources',
        'get /api/quarantine/groups',
        'post /api/identity/bind',
        'post /api/identity/merge',
        'post /api/identity/split',
        'post /api/identity/unbind',
        'post /api/identity/unmerge',
        'post /api/persons/search',
        'post /api/persons/{one_id}/split',
        'post /api/sql',
      ].sort(),
    );
  });

  it('would notice an answer that breaks its schema', async () => {
    const person = await server.person({ one_id });
    expect(Compile(Person).Check(person)).toBe(true);
    expect(Compile(Person).Check({ ...person, tags: undefined })).toBe(false);
    expect(Compile(Person).Check({ ...person, extra: 1 })).toBe(false);
    const [decision] = (await server.get(`/api/decisions?one_id=${one_id}`)).json.decisions;
    expect([...Compile(Decision).Errors(decision)]).toEqual([]);
    expect(Compile(Decision).Check({ ...decision, outcome: 'maybe' })).toBe(false);
  });

  it('names errors as it says: unknown person, identifier and path', async () => {
    for (const path of [
      '/api/persons/p_nobody',
      '/api/persons/p_nobody/events',
      '/api/persons?identifier=user_id:nobody',
      `/api/persons/${one_id}/explain?from=user_id:nobody`,
    ]) {
      const { status, json } = await server.get(path);
      expect({ path, status, json }).toEqual({
        path,
        status: 404,
        json: { error: expect.any(String), message: expect.any(String) },
      });
    }
  });
});

/** Server-sent events as they come; `next` resolves with the first that fits, from now on or already there. */
async function follow(url: string) {
  const messages: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  let ended = false;
  const request = httpGet(`${url}/api/live`);
  request.on('error', () => undefined);
  const wake = (): void => {
    for (const each of waiting.splice(0)) each();
  };
  await new Promise<void>((resolve) =>
    request.on('response', (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) if (part.startsWith('data: ')) messages.push(JSON.parse(part.slice(6)));
        wake();
      });
      response.on('end', () => {
        ended = true;
        wake();
      });
      response.on('error', () => undefined);
      resolve();
    }),
  );
  const next = async (fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> => {
    for (;;) {
      const found = messages.find(fits);
      if (found) return found;
      if (ended) throw new Error('The stream ended.');
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const end = async (): Promise<void> => {
    while (!ended) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { next, end, close: () => request.destroy() };
}

describe('GET /api/live', () => {
  it('tells of an event and what became of it within a second', async () => {
    const live = await follow(server.url);
    onTestFinished(() => void live.close());
    const stats = await live.next(({ kind }) => kind === 'stats');
    expect(stats).toMatchObject({ stats: { status: 'ready', stages: { lake: expect.any(Object) } } });
    // A machine that is busy with other things may miss a second now and then.
    const delays: number[] = [];
    for (let n = 0; n < 10; n++) {
      const started = performance.now();
      const event = { type: 'track', userId: `live-${n}`, messageId: `live-${n}`, event: 'Signed In' };
      await server.collect('server', [event, { ...event, messageId: `never-${n}`, timestamp: 'never' }]);
      const accepted = await live.next(({ kind, owner }) => kind === 'event' && owner === `user_id:live-${n}`);
      expect(accepted).toMatchObject({ name: 'Signed In', source_id: 'server', outcome: 'accepted' });
      delays.push(performance.now() - started);
    }
    expect(await live.next(({ outcome }) => outcome === 'quarantined')).toMatchObject({ reason: 'invalid_time' });
    expect(await live.next(({ kind }) => kind === 'person')).toMatchObject({ change: 'created' });
    expect(Math.min(...delays)).toBeLessThan(1_000);
  });
});

describe('POST /api/reset', () => {
  it('empties everything, keeps the keys, ends watchers, and stands several at once under load', async () => {
    const other = await startServer();
    onTestFinished(() => other.stop());
    const event = (n: number): object => ({ type: 'track', userId: `u${n}`, messageId: `m${n}`, event: 'Signed In' });
    await other.collect('server', [event(1), { ...event(2), timestamp: 'never' }]);
    const { one_id: id } = await other.person({ identifier: 'user_id:u1' });
    const live = await follow(other.url);
    const load = Array.from({ length: 20 }, (_, n) => other.collect('server', event(10 + n)));
    const resets = await Promise.all([1, 2, 3].map(() => other.post('/api/reset', '')));
    expect(resets.map(({ status }) => status)).toEqual([200, 200, 200]);
    await Promise.all(load);
    await live.end();
    expect((await other.post('/api/reset', '')).json).toEqual({ status: 'reset' });
    for (const table of ['events', 'profiles', 'identity_map', 'quarantine', 'decisions', 'audit']) {
      expect(await other.value(`SELECT count(*) FROM ${table}`), table).toBe(0);
    }
    expect((await other.get(`/api/persons/${id}`)).status).toBe(404);
    expect((await other.get('/api/stats')).json.stages).toMatchObject({
      collect: { accepted: 0 },
      stitch: { events: 0 },
    });
    expect((await other.collect('server', event(1))).status).toBe(200);
    expect(await other.value('SELECT count(*) FROM events')).toBe(1);
  });
});

describe('a restart', () => {
  it('keeps persons, rows, quarantine, decisions, messages, keys and the clock', async () => {
    const dir = dataFolder();
    const first = await startServer({ dir });
    const member = { userId: 'm1', anonymousId: 'c1' };
    await first.collect('web', [
      { type: 'identify', ...member, messageId: 'i', traits: { name: '王五', phone: '13800138000' } },
      { type: 'track', ...member, messageId: 'added', event: 'Product Added', properties: { product_id: 'p1' } },
      { type: 'track', ...member, messageId: 'bad', event: 'Product Added', properties: {} },
    ]);
    await first.post('/api/clock', { advance: 'P1D' });
    const all = async (which: RunningServer) => ({
      person: await which.person({ identifier: 'phone:13800138000' }),
      events: await which.sql('SELECT * FROM events ORDER BY event_id'),
      quarantine: (await which.get('/api/quarantine')).json,
      decisions: (await which.get('/api/decisions')).json,
      outbox: (await which.get('/api/outbox')).json,
      keys: which.keys,
      stages: (await which.get('/api/stats')).json.stages,
    });
    const before = await all(first);
    const clock = (await first.get('/api/clock')).json.now;
    await first.stop();
    const second = await startServer({ dir });
    onTestFinished(() => second.stop());
    expect(await all(second)).toEqual(before);
    expect(before.outbox.messages.length).toBe(1);
    expect(before.events.length).toBe(2);
    expect(Date.parse((await second.get('/api/clock')).json.now)).toBeGreaterThanOrEqual(Date.parse(clock));
  });

  it('has one owner of a data folder at a time, and keys that only their owner reads', async () => {
    await expect(startServer({ dir: server.dir })).rejects.toThrow(/in use|another/i);
    for (const file of ['dev.json', 'keys/sources.json']) {
      expect(statSync(join(server.dir, file)).mode & 0o077, file).toBe(0);
    }
    const facts = JSON.parse(readFileSync(join(server.dir, 'dev.json'), 'utf8'));
    expect(facts).toMatchObject({ url: server.url, publicKey: server.key('web'), secretKey: server.key('server') });
  });
});

describe('the first page', () => {
  it('is served with a policy that lets nothing foreign in', async () => {
    const { status, headers, text } = await server.get('/');
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    const files = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => String(path));
    expect(files.length).toBeGreaterThan(1);
    for (const path of files) {
      const url = new URL(path, server.url);
      expect(url.origin).toBe(server.url);
      expect({ path, status: (await send(url.href)).status }).toEqual({ path, status: 200 });
    }
  });
});
