import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { encrypt, getSignature } from '@wecom/crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { WebSocketServer } from 'ws';
import { xlsxOf } from '../support/import-files.ts';
import { jdOrders, portOf, tmallChannel } from '../support/marketplaces.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const MEMBER = 'M-9001';
const PHONE = '13912345678';
const UNION = 'oUnion9';
const ACCOUNT = 'wxopen9';
const MINI = 'wxmini9';
const OFFICIAL = 'wxoa9';
const CORP = 'wwcorp9';
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const TOKEN = 'QDG6eK';

/** 手机号,事件,时间,门店,金额 — one sale, in GB18030. */
const TILLS = Buffer.from(
  'cad6bbfabac52ccac2bcfe2ccab1bce42cc3c5b5ea2cbdf0b6ee0a31333931323334353637382cc3c5b5eacffbb7d12c323032362d31312d30382031353a30303a30302cc9cfbaa3d2bbb5ea2c38380a',
  'hex',
);
const TILL_AT = '2026-11-08T07:00:00.000Z';
const CRM_AT = '2026-11-09T02:00:00.000Z';

let server: RunningServer;
let taobao: WebSocketServer;
let jd: Server;

beforeAll(async () => {
  server = await startServer();
  taobao = tmallChannel();
  jd = jdOrders();
  await Promise.all([once(taobao, 'listening'), once(jd, 'listening')]);
});
afterAll(async () => {
  await server.stop();
  taobao.close();
  jd.close();
});

const call = async (method: string, path: string, body: object) => {
  const headers = { 'content-type': 'application/json', 'x-operator': 'lin' };
  const answer = await server.send(path, { method, headers, body: JSON.stringify({ ...body, reason: 'a test' }) });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.json;
};

interface Adding {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** A source as its owner would add it. @returns its key */
async function addSource(source_id: string, { secrets = {}, ...more }: Adding): Promise<string> {
  const common = { source_id, name: source_id, owner: 'shop', channel: source_id, allowed_origins: [] };
  const where = { default_region: 'CN', time_zone: 'Asia/Shanghai', class: 'public' };
  const { key } = await call('POST', '/api/sources', { ...common, ...where, ...more });
  for (const [name, value] of Object.entries(secrets)) {
    await call('PUT', `/api/sources/${source_id}/secrets/${name}`, { value });
  }
  return key;
}

/** A file of the landing folder, once it has been taken. */
async function land(source: string, name: string, bytes: Buffer): Promise<void> {
  const folder = join(server.dir, 'landing', source);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.part`), bytes);
  renameSync(join(folder, `${name}.part`), join(folder, name));
  const done = join(folder, 'done', `${name}.report.json`);
  await vi.waitFor(() => expect(existsSync(done)).toBe(true), { timeout: 30_000, interval: 100 });
}

const ms = (iso: string): number => Date.parse(iso);

/** 1: the mini program, by SensorsData's SDK. */
async function miniProgram(): Promise<void> {
  await addSource('mini', {
    ...{ channel: 'miniprogram', protocol: 'sensors', aliases: ['sensors:shop9'], app_id: MINI },
    settings: { open_platform_id: ACCOUNT },
  });
  const record = {
    ...{ type: 'track', event: 'ViewProduct', time: ms('2026-11-01T02:00:00Z'), distinct_id: 'mp-9', _track_id: 91 },
    identities: { $identity_mp_id: 'mp-9', [`$identity_mp_${MINI}_openid`]: 'oMini9', $identity_mp_unionid: UNION },
    properties: { $lib: 'MiniProgram', product_id: 'p1' },
    lib: { $lib: 'MiniProgram', $lib_version: '1.22.7' },
  };
  const data = encodeURIComponent(Buffer.from(JSON.stringify([record])).toString('base64'));
  const sent = await server.post('/sa?project=shop9', `data_list=${data}`, { 'content-type': 'text/plain' });
  expect(sent.status).toBe(200);
}

/** 2: the web shop, by GrowingIO's SDK; the visitor is signed in. */
async function webShop(): Promise<void> {
  await addSource('webshop', { channel: 'web', protocol: 'growingio', aliases: ['growingio:ACC9'] });
  const at = ms('2026-11-02T02:00:00Z');
  const event = {
    ...{
      eventType: 'CUSTOM',
      eventName: 'ViewCart',
      timestamp: at,
      deviceId: 'gio-9',
      sessionId: 's9',
      userId: MEMBER,
    },
    ...{ platform: 'web', dataSourceId: 'DS9', eventSequenceId: 3, timezoneOffset: -480, attributes: { items: '2' } },
  };
  const path = `/v3/projects/ACC9/collect?stm=${Date.now()}&compress=0`;
  expect((await server.post(path, [event], { 'content-type': 'text/plain' })).status).toBe(204);
}

/** 3: the app, by Segment's. */
async function app(): Promise<void> {
  const common = { userId: MEMBER, anonymousId: 'app-9', timestamp: '2026-11-03T02:00:00.000Z' };
  const sent = await server.collect('app', [
    { ...common, type: 'track', event: 'Product Viewed', messageId: 'seg-9', properties: { product_id: 'p1' } },
  ]);
  expect(sent.status).toBe(200);
}

/** A platform's callback, sealed and signed by its own library. */
async function callback(protocol: string, key: string, fields: Record<string, string>, appId: string): Promise<void> {
  const time = String(Math.floor(Date.now() / 1000));
  const xml = Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`);
  const text = encrypt(AES_KEY, `<xml>${xml.join('')}</xml>`, appId);
  const query = new URLSearchParams({
    ...{ timestamp: time, nonce: '1372623149', encrypt_type: 'aes' },
    signature: getSignature(TOKEN, time, '1372623149', ''),
    msg_signature: getSignature(TOKEN, time, '1372623149', text),
  });
  const body = `<xml><ToUserName><![CDATA[${appId}]]></ToUserName><Encrypt><![CDATA[${text}]]></Encrypt></xml>`;
  const answer = await server.post(`/v1/hooks/${protocol}/${key}?${query}`, body, { 'content-type': 'text/xml' });
  expect([answer.status, answer.text]).toEqual([200, protocol === 'wechat' ? 'success' : expect.any(String)]);
}

const seconds = (iso: string): string => String(ms(iso) / 1000);
const SEALED = { token: TOKEN, encoding_aes_key: AES_KEY };

/** 4: he follows the official account. */
async function follow(): Promise<void> {
  const key = await addSource('oa', {
    channel: 'wechat',
    class: 'signed',
    protocol: 'wechat',
    app_id: OFFICIAL,
    secrets: SEALED,
  });
  const fields = { ToUserName: 'gh_9', FromUserName: 'oOfficial9', CreateTime: seconds('2026-11-04T02:00:00Z') };
  await callback('wechat', key, { ...fields, MsgType: 'event', Event: 'subscribe' }, OFFICIAL);
}

/** 5: he adds a clerk in WeCom. */
async function contact(): Promise<void> {
  const key = await addSource('corp', {
    channel: 'wecom',
    class: 'signed',
    protocol: 'wecom',
    app_id: CORP,
    secrets: SEALED,
  });
  const fields = {
    ToUserName: CORP,
    FromUserName: 'sys',
    CreateTime: seconds('2026-11-05T02:00:00Z'),
    MsgType: 'event',
  };
  const event = { Event: 'change_external_contact', ChangeType: 'add_external_contact' };
  await callback('wecom', key, { ...fields, ...event, UserID: 'clerk', ExternalUserID: 'wmShopper9' }, CORP);
}

/** 6 and 7: he orders at Tmall and at JD, which are fetched. */
async function marketplaces(): Promise<void> {
  const secrets = { app_key: 'APPKEY', app_secret: 'SECRET' };
  await addSource('tmall', {
    ...{ class: 'signed', protocol: 'tmc', app_id: 'tmshop9', secrets },
    settings: { url: `ws://127.0.0.1:${portOf(taobao)}/` },
  });
  await addSource('jd', {
    ...{ class: 'signed', protocol: 'jos', app_id: 'jdshop9', secrets: { ...secrets, access_token: 'AT' } },
    settings: { url: `http://127.0.0.1:${portOf(jd)}/routerjson` },
  });
}

/** 9: what the CRM knows of him, from a workbook; its mapping says whose ids the columns are. */
async function crm(): Promise<void> {
  const expression = `{
    "type": "identify", "userId": properties.\`会员号\` ? properties.\`会员号\` : userId,
    "timestamp": $instant(traits.\`更新时间\`),
    "traits": {"phone": traits.phone, "level": traits.level},
    "context": {"externalIds": [
      {"type": "unionid", "scope": "${ACCOUNT}", "id": traits.wechat_union},
      {"type": "openid", "scope": "${OFFICIAL}", "id": traits.wechat_open},
      {"type": "external_userid", "scope": "${CORP}", "id": traits.wecom},
      {"type": "tmall_ouid", "scope": "tmshop9", "id": traits.tmall},
      {"type": "jd_pin", "scope": "jdshop9", "id": traits.jd}
    ]}
  }`;
  const definition = { title: { en: 'Members', zh: '会员' }, owner: 'crm', purpose: 'Members of the CRM.', expression };
  await call('PUT', '/api/mappings/crm-members', definition);
  await addSource('crmfile', { channel: 'crm', class: 'secret', mapping: 'crm-members' });
  const head = ['会员号', '手机', 'level', 'wechat_union', 'wechat_open', 'wecom', 'tmall', 'jd', '更新时间'];
  const row = [MEMBER, PHONE, 'gold', UNION, 'oOfficial9', 'wmShopper9', 'AAtmall9', 'jdPin9', '2026-11-09 10:00:00'];
  const cells = (texts: readonly string[], from: number, line: number): string =>
    texts.map((_, i) => `<c r="${String.fromCharCode(65 + i)}${line}" t="s"><v>${from + i}</v></c>`).join('');
  const sheet = `<row>${cells(head, 0, 1)}</row><row>${cells(row, head.length, 2)}</row>`;
  await land('crmfile', 'members.xlsx', await xlsxOf({ 会员: sheet }, [...head, ...row]));
}

const STORY: readonly (readonly [channel: string, name: string, at: string])[] = [
  ['miniprogram', 'ViewProduct', '2026-11-01T02:00:00.000Z'],
  ['web', 'ViewCart', '2026-11-02T02:00:00.000Z'],
  ['app', 'Product Viewed', '2026-11-03T02:00:00.000Z'],
  ['wechat', 'Account Followed', '2026-11-04T02:00:00.000Z'],
  ['wecom', 'Contact Added', '2026-11-05T02:00:00.000Z'],
  ['tmall', 'Order Completed', '2026-11-06T04:00:00.000Z'],
  ['jd', 'Order Completed', '2026-11-07T01:00:00.000Z'],
  ['store', '门店消费', TILL_AT],
  ['crm', 'identify', CRM_AT],
];

it('one shopper over nine channels ends as one person, his events in their order and each with its channel', async () => {
  // As companies connect their channels: the last is not the latest, and who he is shows only in the end.
  await marketplaces();
  await land('pos', 'tills.csv', TILLS);
  await contact();
  await app();
  await miniProgram();
  await follow();
  await webShop();
  await vi.waitFor(
    async () => {
      expect(await server.value(`SELECT count(*) FROM events WHERE channel IN ('tmall', 'jd')`)).toBe(2);
    },
    { timeout: 90_000, interval: 500 },
  );
  const before = await server.value('SELECT count(DISTINCT one_id) FROM events_resolved');
  expect(before).toBeGreaterThan(4);
  await crm();
  const person = await server.person({ identifier: `user_id:${MEMBER}` });
  const rows = await server.sql(
    `SELECT channel, name, occurred_at FROM events_resolved WHERE one_id = '${person.one_id}' ORDER BY occurred_at`,
  );
  const told = rows.map(([channel, name, at]) => [channel, name, new Date(String(at)).toISOString()]);
  expect(told).toEqual(STORY);
  expect(await server.value('SELECT count(DISTINCT one_id) FROM events_resolved')).toBe(1);
  const kinds = person.identifiers.map(({ type }) => type);
  for (const kind of [
    'user_id',
    'phone',
    'unionid',
    'openid',
    'external_userid',
    'tmall_ouid',
    'jd_pin',
    'anonymous_id',
  ]) {
    expect(kinds).toContain(kind);
  }
  expect(await server.sql(`SELECT reason, detail FROM quarantine WHERE status = 'open'`)).toEqual([]);
});
