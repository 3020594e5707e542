import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

const APP_ID = 'wx1f0a2b3c4d5e6f70';
const OPENID = `openid:${APP_ID}:oZhang`;
const TABLET = 'anonymous_id:tablet';

let server: RunningServer;
/** One ID that the openid had before it was known whose it is. */
let formerId = '';

/** One instant for all: what happened in the same hour is told of as of the same millisecond. */
const NOW = Date.now();
const hoursAgo = (hours: number): string => new Date(NOW - hours * 3_600_000).toISOString();
const viewed = (anonymousId: string, product_id: string, hours: number): object => ({
  type: 'track',
  event: 'Product Viewed',
  anonymousId,
  messageId: `view-${anonymousId}-${product_id}`,
  timestamp: hoursAgo(hours),
  properties: { product_id },
});

/** Sends events as a source, and sees them all accepted. */
async function tell(source: string, ...events: object[]): Promise<void> {
  const answer = await server.collect(source, events);
  expect(answer.json).toEqual({ success: true, accepted: events.length, refused: [] });
}

beforeAll(async () => {
  server = await startServer();
  const wechat = { type: 'openid', id: 'oZhang', scope: APP_ID };
  await tell('miniprogram', {
    type: 'screen',
    name: 'Home',
    messageId: 'mini-home',
    context: { externalIds: [wechat] },
    timestamp: hoursAgo(30),
  });
  formerId = (await server.person({ identifier: OPENID })).one_id;
  await tell('crm', {
    type: 'identify',
    userId: 'm1',
    messageId: 'crm-m1',
    traits: { name: '张三', phone: '13800138000' },
    timestamp: hoursAgo(50),
  });
  await tell('crm', {
    type: 'identify',
    userId: 'm2',
    messageId: 'crm-m2',
    traits: { name: '李四', phone: '13900139000' },
    timestamp: hoursAgo(50),
  });
  await tell('miniprogram', {
    type: 'identify',
    messageId: 'mini-phone',
    context: { externalIds: [wechat] },
    traits: { phone: '13800138000' },
    timestamp: hoursAgo(29),
  });
  await tell('web', viewed('cookie-1', 'p1', 28), viewed('cookie-1', 'p2', 27), viewed('cookie-1', 'p3', 26));
  const login = { type: 'identify', messageId: 'web-login', timestamp: hoursAgo(25) };
  await tell('web', { ...login, userId: 'm1', anonymousId: 'cookie-1' });
  await tell('pos', {
    type: 'track',
    event: 'Member Code Scanned',
    messageId: 'pos-scan',
    properties: { store_id: 'S01', phone: '+86 138-0013-8000' },
    timestamp: hoursAgo(3),
  });
  for (const [member, hours] of [
    ['m1', 8],
    ['m2', 7],
  ] as const) {
    await tell(
      'web',
      { ...login, messageId: `tablet-${member}`, userId: member, anonymousId: 'tablet', timestamp: hoursAgo(hours) },
      { ...viewed('tablet', 'p9', hours), userId: member, messageId: `tablet-view-${member}` },
    );
  }
});
afterAll(() => server.stop());

it('makes one person of CRM, mini program, website and shop, with one profile', async () => {
  const person = await server.person({ identifier: 'user_id:m1' });
  for (const identifier of ['phone:13800138000', 'phone:+86 138-0013-8000', OPENID, 'anonymous_id:cookie-1']) {
    expect(await server.person({ identifier }), identifier).toEqual(person);
  }
  expect(person.profile.basic.name).toMatchObject({ value: '张三', source_id: 'crm' });
  expect(person.shared).toBe(false);
  expect(person.identifiers.map(({ type }) => type).sort()).toEqual(['anonymous_id', 'openid', 'phone', 'user_id']);
  expect(person.profile.behaviour.channels).toEqual({ crm: 1, miniprogram: 2, store: 1, web: 6 });
  expect(person.profile.behaviour.events).toBe(10);
  expect(person.tags.last_product_viewed).toBe('p9');
});

it('shows the web events from before the login as this person’s', async () => {
  const { one_id } = await server.person({ identifier: 'user_id:m1' });
  const { json } = await server.get(`/api/persons/${one_id}/events`);
  expect(json.one_id).toBe(one_id);
  const ids: string[] = json.events.map(({ event_id }: { event_id: string }) => event_id);
  expect(ids).toEqual([
    'pos-scan',
    'tablet-m1',
    'tablet-view-m1',
    'web-login',
    'view-cookie-1-p3',
    'view-cookie-1-p2',
    'view-cookie-1-p1',
    'mini-phone',
    'mini-home',
    'crm-m1',
  ]);
  const owners = await server.sql(`SELECT DISTINCT one_id FROM events_resolved WHERE event_id LIKE 'view-cookie-1-%'`);
  expect(owners).toEqual([[one_id]]);
});

it('explains how the openid and the cookie belong together, with the sources', async () => {
  const { one_id } = await server.person({ identifier: 'user_id:m1' });
  const query = `from=${encodeURIComponent(OPENID)}&to=${encodeURIComponent('anonymous_id:cookie-1')}`;
  const { status, json } = await server.get(`/api/persons/${one_id}/explain?${query}`);
  expect(status).toBe(200);
  expect(json).toMatchObject({ one_id, same_person: true, from: OPENID, to: 'anonymous_id:cookie-1' });
  const { identifiers, path } = json;
  expect(identifiers.map((key: string) => key.split(':')[0])).toEqual(['openid', 'phone', 'user_id', 'anonymous_id']);
  expect(path.map((link: { source_id: string }) => link.source_id).sort()).toEqual(['crm', 'miniprogram', 'web']);
  const first = path[0];
  expect(first.verified, 'the weakest link comes first').toBe(false);
  expect(path.find((link: { source_id: string }) => link.source_id === 'crm')).toMatchObject({
    verified: true,
    event_id: 'crm-m1',
  });
});

it('keeps the other member on the family tablet another person, and the tablet nobody’s', async () => {
  const zhang = await server.person({ identifier: 'user_id:m1' });
  const li = await server.person({ identifier: 'user_id:m2' });
  const tablet = await server.person({ identifier: TABLET });
  expect(new Set([zhang.one_id, li.one_id, tablet.one_id]).size).toBe(3);
  expect(li.profile.basic.name?.value).toBe('李四');
  expect(li.profile.behaviour.events).toBe(3);
  expect(tablet).toMatchObject({ shared: true, identifiers: [{ key: TABLET }] });
  const { json } = await server.get(`/api/persons/${li.one_id}/explain?from=user_id:m2&to=user_id:m1`);
  expect(json.same_person).toBe(false);
});

it('answers a former one_id with the surviving person', async () => {
  const person = await server.person({ identifier: OPENID });
  expect(formerId).not.toBe(person.one_id);
  expect(await server.person({ one_id: formerId })).toEqual(person);
  const events = await server.get(`/api/persons/${formerId}/events`);
  expect(events.json.one_id).toBe(person.one_id);
});

it('shows no phone number anywhere in the lake', async () => {
  for (const table of ['events', 'profiles', 'identity_map', 'events_resolved']) {
    const rows = JSON.stringify(await server.sql(`SELECT * FROM ${table}`));
    expect(rows.length).toBeGreaterThan(2);
    expect(rows).not.toMatch(/138[- ]?0013[- ]?8000/);
  }
});
