import { describe, expect, it } from 'vitest';
import { decodeValue } from '../../../../functions/shared/protocols/cloudevents/attributes.ts';
import { StreamOverloaded } from '../../../../functions/shared/seams.ts';
import { hookPost, hookServer } from '../../../support/hook-sender.ts';
import { basic } from '../../../support/ingest.ts';
import { recordingsOf } from '../../../support/recordings.ts';
import { RECORDED } from './recorded.ts';

const server = () => hookServer({ protocol: 'cloudevents', source: { class: 'secret' } });
const PATH = '/v1/hooks/cloudevents/hook';
const HEAD = { 'ce-id': '1', 'ce-source': '/crm', 'ce-specversion': '1.0', 'ce-type': 'Member Updated' };
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCH = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
const EVENT = {
  id: '1',
  source: '/crm',
  specversion: '1.0',
  type: 'Member Updated',
  time: '2026-11-22T10:00:00.123456789+08:00',
  data: { userId: 'm1', level: 'gold' },
};

describe.each(RECORDED)('$client', ({ client, statuses, events: expected }) => {
  it.each(recordingsOf(client))(
    '$name: one event, binary and structured, and one more in the batch',
    async (recording) => {
      const hook = server();
      const answers: number[] = [];
      for (const { request } of recording.requests) {
        const headers = { ...request.headers, authorization: basic('hook') };
        answers.push((await hook.send({ ...request, headers })).status);
      }
      expect(answers).toEqual(statuses(recording));
      const { events, quarantined } = hook.cleaned();
      expect(quarantined).toEqual([]);
      const wanted = expected(recording);
      expect(events.map(({ event_id }) => event_id)).toEqual([0, 0, 0, 1].map((at) => wanted[at]?.event_id));
      for (const { type, name, owner, occurred_at, properties, context } of events) {
        expect({ type, name, owner }).toEqual({ type: 'track', name: wanted[0]?.name, owner: wanted[0]?.owner });
        expect([occurred_at, properties]).toEqual(['2024-05-01T12:00:00.123Z', { name: '张三', points: 5 }]);
        expect(context.cloudevent).toMatchObject({ source: '/crm/member', subject: 'u-1', tenant: 't1' });
      }
      // The same event in three forms is one event: its content is the same, byte for byte of the hash.
      expect(new Set(events.slice(0, 3).map(({ body_hash }) => body_hash)).size).toBe(1);
    },
  );
});

describe('header values', () => {
  it.each([
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['"quoted \\"and\\" escaped"', 'quoted "and" escaped'],
    ['100%', '100%'],
    ['%2541', '%41'],
    ['plain/uri?a=b', 'plain/uri?a=b'],
    [Buffer.from('张三').toString('latin1'), '张三'],
  ])('%s', (value, expected) => {
    expect(decodeValue(value)).toBe(expected);
  });

  it.each(['%C3%28', '%FF', '\xff', '%E2%82', '€'])('%s is no UTF-8', (value) => {
    expect(decodeValue(value)).toBeUndefined();
  });

  it('that are no UTF-8 are refused', async () => {
    const hook = server();
    const answer = await hook.send(hookPost(PATH, { userId: 'm1' }, { ...HEAD, 'ce-subject': '%FF' }));
    expect([answer.status, hook.last()?.refused]).toEqual([400, ['invalid_payload']]);
  });
});

describe('modes', () => {
  const outcome = async (body: unknown, headers: Record<string, string>) => {
    const hook = server();
    const { status } = await hook.send(hookPost(PATH, body, headers));
    const { events, quarantined } = hook.cleaned();
    return { status, owners: events.map(({ owner }) => owner), quarantined: quarantined.map(({ reason }) => reason) };
  };
  const good = { status: 200, owners: ['user_id:m1'], quarantined: [] };

  it.each([
    ['binary with JSON', EVENT.data, HEAD],
    [
      'binary with a JSON of its own',
      EVENT.data,
      { ...HEAD, 'content-type': 'application/vnd.crm+json; charset=utf-8' },
    ],
    ['binary without data, the person as an extension', '', { ...HEAD, 'ce-userid': 'm1' }],
    ['binary with text', 'hello', { ...HEAD, 'content-type': 'text/plain', 'ce-userid': 'm1' }],
    ['structured', EVENT, STRUCTURED],
    ['structured in other case', EVENT, { 'content-type': 'Application/CloudEvents+JSON' }],
    [
      'structured with data in base64',
      {
        ...EVENT,
        data: undefined,
        datacontenttype: 'application/json',
        data_base64: Buffer.from(JSON.stringify(EVENT.data)).toString('base64'),
      },
      STRUCTURED,
    ],
    ['a batch', [EVENT], BATCH],
  ])('%s', async (_, body, headers) => {
    expect(await outcome(body, headers)).toEqual(good);
  });

  it('a batch goes on without what is no event', async () => {
    const { status, owners, quarantined } = await outcome([EVENT, 7, { ...EVENT, specversion: '0.3' }], BATCH);
    expect([status, owners, quarantined]).toEqual([200, ['user_id:m1'], ['invalid_payload', 'invalid_payload']]);
    expect((await outcome([], BATCH)).status).toBe(200);
    expect((await outcome([7], BATCH)).status).toBe(400);
  });

  it.each([
    ['avro', 'x', { 'content-type': 'application/cloudevents+avro' }, 415],
    ['XML', '<event/>', { 'content-type': 'application/cloudevents+xml' }, 415],
    ['pictures', 'x', { ...HEAD, 'content-type': 'image/png' }, 415],
    ['JSON without any attribute', EVENT, { 'content-type': 'application/json' }, 415],
    ['a missing type', {}, { 'ce-id': '1', 'ce-source': '/crm', 'ce-specversion': '1.0' }, 400],
    ['no JSON', '{', HEAD, 400],
    ['too many headers', {}, Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`ce-x${n}`, 'x'])), 400],
    ['too many events', Array.from({ length: 2501 }, () => EVENT), BATCH, 400],
  ])('%s: refused', async (_, body, headers, status) => {
    expect((await outcome(body, headers as Record<string, string>)).status).toBe(status);
  });

  it('the time may have nanoseconds and a zone; long ids become a hash', async () => {
    const hook = server();
    await hook.send(hookPost(PATH, { ...EVENT, id: 'x'.repeat(90), source: `/${'s'.repeat(90)}` }, STRUCTURED));
    expect(hook.cleaned().events).toMatchObject([
      { occurred_at: '2026-11-22T02:00:00.123Z', event_id: expect.stringMatching(/^ce_[\w-]{22}$/) },
    ]);
  });
});

describe('the key', () => {
  it.each([
    ['as user name', '/ce', { authorization: basic('hook') }],
    ['as bearer token', '/ce', { authorization: 'Bearer hook' }],
    ['as header', '/v1/ce', { 'x-write-key': 'hook' }],
    ['in the path', '/ce/hook', {}],
  ])('%s', async (_, path, headers) => {
    expect((await server().send(hookPost(path, EVENT, { ...STRUCTURED, ...headers }))).status).toBe(200);
  });

  it('may be missing where a public source has the address for itself', async () => {
    const hook = hookServer({ protocol: 'cloudevents', source: { class: 'public' }, key: 'path:/ce' });
    expect((await hook.send(hookPost('/ce', EVENT, STRUCTURED))).status).toBe(200);
    expect((await hook.send(hookPost('/v1/ce', EVENT, STRUCTURED))).status).toBe(401);
  });

  it('in a path that leads nowhere is gone, in a header it is not known', async () => {
    const hook = server();
    expect((await hook.send(hookPost('/ce/other', EVENT, STRUCTURED))).status).toBe(410);
    expect((await hook.send(hookPost('/ce', EVENT, { ...STRUCTURED, authorization: 'Bearer other' }))).status).toBe(
      401,
    );
    expect(hook.seen.map(({ refused }) => refused)).toEqual([['unknown_key'], ['unknown_key']]);
  });
});

describe('abuse protection', () => {
  const asked = (headers: Record<string, string>) =>
    server().send({ method: 'OPTIONS', path: PATH, query: {}, headers, body: Buffer.alloc(0) });

  it('allows the origin that asks, at the rate it asks for', async () => {
    const answer = await asked({ 'webhook-request-origin': 'eventemitter.example.com', 'webhook-request-rate': '120' });
    expect(answer).toMatchObject({
      status: 200,
      headers: { 'webhook-allowed-origin': 'eventemitter.example.com', 'webhook-allowed-rate': '120' },
    });
    expect((await asked({ 'webhook-request-origin': 'a.example.com' })).headers['webhook-allowed-rate']).toBe('*');
  });

  it('says nothing of the kind to a browser, or to a header that could split another', async () => {
    for (const headers of [{}, { 'webhook-request-origin': 'a\r\nset-cookie: b' }] as Record<string, string>[]) {
      expect(Object.keys((await asked(headers)).headers)).not.toContain('webhook-allowed-origin');
    }
  });
});

it('asks to slow down when the stream can take no more', async () => {
  const hook = server();
  hook.raw.fail = new StreamOverloaded(3);
  const answer = await hook.send(hookPost(PATH, EVENT, STRUCTURED));
  expect([answer.status, answer.headers['retry-after']]).toEqual([429, '3']);
});
