import '@shopify/shopify-api/adapters/web-api';
import { createHash, createHmac } from 'node:crypto';
import { shopifyApi } from '@shopify/shopify-api';
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type RunningServer, startServer } from '../support/server.ts';
import { ORDER, REDACT, REFUND } from '../unit/protocols/shopify/bodies.ts';

/** One server for all platforms, each with a source of its own. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const call = async (method: string, path: string, body: object): Promise<Answer> => {
  const answer = await server.send(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-operator': 'lin' },
    body: JSON.stringify({ reason: 'a test', ...body }),
  });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer;
};

/** A source as the API makes it, with the platform's secrets. @returns the address to give to the platform */
async function hook(
  protocol: string,
  { secrets = {}, ...more }: { secrets?: Record<string, string>; [field: string]: unknown },
) {
  const source_id = `hook-${protocol}`;
  const definition = {
    source_id,
    name: source_id,
    channel: protocol,
    class: 'signed',
    protocol,
    allowed_origins: [],
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
    owner: 'Shop team',
    ...more,
  };
  const { json } = await call('POST', '/api/sources', definition);
  for (const [name, value] of Object.entries(secrets)) {
    await call('PUT', `/api/sources/${source_id}/secrets/${name}`, { value });
  }
  return `/v1/hooks/${protocol}/${json.key}`;
}

const refusedBy = async (reason: string): Promise<number> => {
  const { refused }: { refused: { reason: string; count: number }[] } = (await server.get('/api/stats')).json;
  return refused.find((each) => each.reason === reason)?.count ?? 0;
};
const duplicates = async (): Promise<number> => (await server.get('/api/stats')).json.stages.stitch.duplicates;
const md5 = (...parts: string[]): string => createHash('md5').update(parts.join('')).digest('hex');
const sha1 = (...parts: string[]): string => createHash('sha1').update(parts.join('')).digest('hex');

describe('the standardwebhooks library as the sender', () => {
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = JSON.stringify({ type: 'Signed In', timestamp: new Date().toISOString(), data: { userId: 'sw-1' } });
  const headers = (id: string, at = new Date()): Record<string, string> => ({
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(SECRET).sign(id, at, body),
  });

  it('is taken once, however often it sends, and not when it is old or another’s', async () => {
    const path = await hook('webhooks', { secrets: { secret: SECRET } });
    const before = await duplicates();
    const sent = async (head: Record<string, string>): Promise<number> => (await server.post(path, body, head)).status;
    expect([await sent(headers('msg_e2e')), await sent(headers('msg_e2e'))]).toEqual([200, 200]);
    expect(await sent(headers('msg_old', new Date(Date.now() - 600_000)))).toBe(401);
    expect(await sent({ ...headers('msg_other'), 'webhook-id': 'msg_forged' })).toBe(401);
    expect((await server.post('/v1/hooks/webhooks/nobody', body, headers('msg_x'))).status).toBe(410);
    expect(await server.sql(`SELECT event_id, name, owner FROM events WHERE source_id = 'hook-webhooks'`)).toEqual([
      ['msg_e2e', 'Signed In', 'user_id:sw-1'],
    ]);
    expect((await duplicates()) - before).toBe(1);
  });
});

describe('the cloudevents SDK as the sender', () => {
  it.each([Mode.BINARY, Mode.STRUCTURED])('%s: each event once', async (mode) => {
    const path = await hook('cloudevents', { source_id: `ce-${mode}`, class: 'secret' });
    const emit = emitterFor(httpTransport(`${server.url}${path}`), { mode });
    const event = new CloudEvent({
      id: `ce-${mode}`,
      source: '/crm/member',
      type: 'Member Updated',
      data: { userId: `ce-${mode}`, level: '金卡', points: 5 },
    });
    await emit(event);
    await emit(event);
    const answer = await server.post(path, HTTP.structured(event).body as string, {
      'content-type': 'application/cloudevents+json',
    });
    expect(answer.status).toBe(200);
    expect(await server.sql(`SELECT event_id, name FROM events WHERE source_id = 'ce-${mode}'`)).toEqual([
      [`/crm/member ce-${mode}`, 'Member Updated'],
    ]);
    const person = await server.person({ identifier: `user_id:ce-${mode}` });
    expect(person.profile.behaviour.events).toBe(1);
  });

  it('is told that it is welcome', async () => {
    const answer = await server.send('/v1/ce', {
      method: 'OPTIONS',
      headers: { 'webhook-request-origin': 'crm.example.com', 'webhook-request-rate': '60' },
    });
    expect(answer.headers).toMatchObject({ 'webhook-allowed-origin': 'crm.example.com', 'webhook-allowed-rate': '60' });
  });
});

describe('Shopify', () => {
  const SECRET = 'hush';
  const SHOP = 't.myshopify.com';
  const api = shopifyApi({
    apiKey: 'key',
    apiSecretKey: SECRET,
    hostName: 'localhost',
    apiVersion: '2025-10' as never,
    isEmbeddedApp: false,
    logger: { log: () => {} },
  });

  const webhook = (topic: string, content: unknown, id: string, shop = SHOP) => {
    const body = JSON.stringify(content);
    const signature = createHmac('sha256', SECRET).update(body).digest('base64');
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'x-shopify-topic': topic,
        'x-shopify-shop-domain': shop,
        'x-shopify-api-version': '2025-10',
        'x-shopify-webhook-id': id,
        'x-shopify-triggered-at': '2026-11-21T21:05:00Z',
        'x-shopify-hmac-sha256': signature,
      },
    };
  };

  it('agrees with its own library; the refund finds the buyer by the order; a request to erase is not lost', async () => {
    const path = await hook('shopify', { app_id: SHOP, secrets: { client_secret: SECRET } });
    const sent = [
      webhook('orders/paid', ORDER, 'w-paid'),
      webhook('orders/paid', ORDER, 'w-paid'),
      webhook('refunds/create', REFUND, 'w-refund'),
      webhook('customers/redact', REDACT, 'w-redact'),
    ];
    for (const { body, headers } of sent) {
      const rawRequest = new Request('http://localhost/', { method: 'POST', headers, body });
      expect((await api.webhooks.validate({ rawBody: body, rawRequest })).valid).toBe(true);
      expect((await server.post(path, body, headers)).status).toBe(200);
    }
    const forged = webhook('orders/paid', ORDER, 'w-forged');
    expect((await server.post(path, forged.body.replace('409.94', '1.00'), forged.headers)).status).toBe(401);
    const foreign = webhook('orders/paid', ORDER, 'w-foreign', 'other.myshopify.com');
    expect((await server.post(path, foreign.body, foreign.headers)).status).toBe(403);

    const buyer = await server.person({ identifier: 'email:jon@example.com' });
    expect(buyer.profile.behaviour.events_by_name).toMatchObject({ 'Order Completed': 1, 'Order Refunded': 1 });
    const due = `SELECT name, json_extract_string(properties, '$.due_at') FROM events WHERE name = 'customers/redact'`;
    expect(await server.sql(due)).toEqual([['customers/redact', '2026-12-21T21:05:00.000Z']]);
  });
});

describe('platforms without a library', () => {
  it('Youzan: an old push that comes late does not undo a new one', async () => {
    const path = await hook('youzan', { app_id: 'CID', secrets: { client_secret: 'S' } });
    const push = (name: string, version: number) => {
      const msg = encodeURIComponent(JSON.stringify({ yz_open_id: 'yz1', mobile: '13900000001', name }));
      const body = JSON.stringify({
        client_id: 'CID',
        kdt_id: 9,
        type: 'SCRM_CUSTOMER_EVENT',
        msg,
        msg_id: `yz-${version}`,
        version,
      });
      return server.post(path, body, { 'event-sign': md5('CID', body, 'S'), 'client-id': 'CID' });
    };
    const now = Date.now();
    for (const answer of [await push('新名', now), await push('旧名', now - 60_000)]) {
      expect(answer.text).toBe('{"code":0,"msg":"success"}');
    }
    const person = await server.person({ identifier: 'youzan_openid:9:yz1' });
    expect(person.profile.basic.name?.value).toBe('新名');
    expect(await server.person({ identifier: 'phone:13900000001' })).toEqual(person);
  });

  it('Doudian, Douyin and JD: taken once, answered in their own words, refused when they are not who they say', async () => {
    const doudian = await hook('doudian', { app_id: 'KEY', secrets: { app_secret: 'S' } });
    const paid =
      '[{"tag":"101","msg_id":"dd1","data":"{\\"p_id\\":4837328765348566675,\\"shop_id\\":7,\\"pay_amount\\":1990,\\"pay_time\\":1795312800}"}]';
    const douyin = await hook('douyin', { app_id: 'APP', secrets: { client_secret: 'S' } });
    const follow = JSON.stringify({
      event: 'new_follow_action',
      client_key: 'APP',
      from_user_id: 'dy1',
      content: '{"action_type":1}',
    });
    const jddj = await hook('jddj', { app_id: 'K', secrets: { app_secret: 'S' } });
    const timestamp = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
    const form = {
      app_key: 'K',
      format: 'json',
      jd_param_json: `{"billId":"jd1","statusId":"32000","timestamp":"${timestamp}"}`,
      timestamp,
      v: '1.0',
    };
    const content = Object.entries(form).flat().join('');
    const signed = (secret: string) =>
      new URLSearchParams({ ...form, sign: md5(secret, content, secret).toUpperCase() }).toString();
    for (let round = 0; round < 2; round += 1) {
      const answers = [
        await server.post(doudian, paid, { 'app-id': 'KEY', 'event-sign': md5('KEY', paid, 'S') }),
        await server.post(douyin, follow, { 'msg-id': 'dy-msg', 'x-douyin-signature': sha1('S', follow) }),
        await server.post(`${jddj}/djsw/newOrder`, signed('S'), {
          'content-type': 'application/x-www-form-urlencoded',
        }),
      ];
      expect(answers.map(({ text }) => text)).toEqual([
        '{"code":0,"msg":"success"}',
        'success',
        '{"code":"0","msg":"success","data":""}',
      ]);
    }
    const ids = `SELECT event_id FROM events WHERE source_id IN ('hook-doudian', 'hook-douyin', 'hook-jddj') ORDER BY 1`;
    expect((await server.sql(ids)).flat()).toEqual(['doudian:dd1', 'dy-msg', `jddj:jd1:32000:${timestamp}`]);

    const before = await refusedBy('signature_invalid');
    expect((await server.post(doudian, paid, { 'app-id': 'KEY', 'event-sign': md5('x') })).status).toBe(401);
    expect((await server.post(douyin, follow, { 'x-douyin-signature': sha1('x') })).status).toBe(401);
    expect((await server.post(`${jddj}/djsw/newOrder`, signed('x'))).json.code).toBe('10014');
    expect((await refusedBy('signature_invalid')) - before).toBe(3);
  });
});
