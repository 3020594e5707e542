import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
let key = '';
beforeAll(async () => {
  server = await startServer();
  const made = await server.post('/api/sources', {
    source_id: 'erp',
    name: 'ERP',
    owner: 'tests',
    channel: 'erp',
    class: 'secret',
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
    allowed_origins: [],
    mapping: 'erp-orders',
    reason: 'Tests.',
  });
  expect(made.status, made.text).toBe(201);
  key = made.json.key;
});
afterAll(() => server.stop());

const EXPRESSION = `type = "track" and event = "SO.Posted" ? {
  "type": "track",
  "event": $table("names", properties.state, "Order Updated"),
  "userId": properties.customer.no,
  "timestamp": $instant(properties.posted),
  "properties": {
    "order_id": properties.no,
    "total": $fromMinor(properties.fen, "CNY"),
    "currency": "CNY",
    "products": properties.lines.[{"product_id": sku, "quantity": qty}]
  }
} : event = "Heartbeat" ? () : $`;

const definition = (expression = EXPRESSION) => ({
  title: { en: 'ERP orders', zh: 'ERP 订单' },
  owner: 'data@shop.example.com',
  purpose: 'Orders as the ERP posts them.',
  expression,
  tables: { names: { P: 'Order Completed', C: 'Order Cancelled' } },
});

const order = (no: string, more: object = {}) => ({
  type: 'track',
  event: 'SO.Posted',
  messageId: `erp-${no}`,
  userId: 'erp',
  properties: {
    no,
    state: 'P',
    posted: '2026-11-20 10:00:00',
    fen: 1990,
    customer: { no: 'm-77' },
    lines: [{ sku: 'a', qty: 2 }],
    ...more,
  },
});

const put = (body: object) =>
  server.send('/api/mappings/erp-orders', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const send = (...events: object[]) =>
  server.post('/v1/batch', { batch: events }, { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

const rows = () =>
  server.sql(`SELECT name, owner, event_id, mapping_version FROM events WHERE source_id = 'erp' ORDER BY event_id`);

describe('a mapping', () => {
  it('is missed by the events that need it, which wait in quarantine', async () => {
    expect((await send(order('1'))).status).toBe(200);
    expect(await rows()).toEqual([]);
    const [[reason, detail] = []] = await server.sql(`SELECT reason, detail FROM quarantine WHERE source_id = 'erp'`);
    expect(reason).toBe('mapping_failed');
    expect(detail).toContain('"erp-orders", which does not exist');
  });

  it('is tried on the last real events before it counts', async () => {
    const answer = await server.post('/api/mappings/preview', { definition: definition(), source: 'erp', last: 10 });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json).toMatchObject({ looked: 1, outcomes: { mapped: 1 } });
    expect(answer.json.events[0].after[0]).toMatchObject({
      event: 'Order Completed',
      userId: 'm-77',
      timestamp: '2026-11-20T02:00:00.000Z',
      messageId: 'erp-1',
    });
    const broken = await server.post('/api/mappings/preview', {
      definition: definition('{"type": "track", "userId": "u"}'),
      source: 'erp',
      last: 10,
    });
    expect(broken.json).toMatchObject({ outcomes: { missing_field: 1 } });
    expect(await server.sql(`SELECT count(*) FROM events WHERE source_id = 'erp'`)).toEqual([[0]]);
  });

  it('is refused where it cannot be read, with the place', async () => {
    const answer = await put({ ...definition('{"a": '), reason: 'Try.' });
    expect([answer.status, answer.json.message]).toEqual([400, expect.stringContaining('near character 6')]);
    expect((await put(definition())).json.message).toContain('/reason');
  });

  it('maps from now on, once it is in force, and what waited comes in by a replay', async () => {
    expect((await put({ ...definition(), reason: 'First version.' })).json).toMatchObject({ mapping: { version: 1 } });
    expect((await send(order('2'), { ...order('3'), event: 'Heartbeat' })).status).toBe(200);
    const replayed = await server.post('/api/replay', { reason: 'mapping_failed' });
    expect(replayed.json).toMatchObject({ fed: 1 });
    expect(await rows()).toEqual([
      ['Order Completed', 'user_id:m-77', 'erp-1', 1],
      ['Order Completed', 'user_id:m-77', 'erp-2', 1],
    ]);
    expect(await server.sql(`SELECT count(*) FROM quarantine WHERE source_id = 'erp' AND status = 'open'`)).toEqual([
      [0],
    ]);
    const products = await server.value(`SELECT properties FROM events WHERE event_id = 'erp-2'`);
    expect(JSON.parse(String(products))).toMatchObject({ total: 19.9, products: [{ product_id: 'a', quantity: 2 }] });
  });

  it('has versions, with who changed it and why, and each event says which made it', async () => {
    const second = await put({
      ...definition(EXPRESSION.replace('"Order Updated"', '"Order Changed"')),
      reason: 'Clearer.',
    });
    expect(second.json).toMatchObject({ mapping: { version: 2 } });
    await send(order('4', { state: 'X' }));
    expect((await rows()).at(-1)).toEqual(['Order Changed', 'user_id:m-77', 'erp-4', 2]);
    const kept = await server.get('/api/mappings/erp-orders');
    expect(kept.json.versions.map(({ why, by }: { why: string; by: string }) => [why, by !== ''])).toEqual([
      ['First version.', true],
      ['Clearer.', true],
    ]);
    expect((await server.get('/api/mappings')).json.mappings).toHaveLength(1);
    expect((await server.get('/api/mappings/none')).status).toBe(404);
  });

  it('leaves an event that was taken in already as it is: a retry is a duplicate under any version', async () => {
    const third = EXPRESSION.replace('"CNY")', '"JPY")');
    expect((await put({ ...definition(third), reason: 'Other amounts.' })).status).toBe(200);
    await send(order('2'));
    expect(await rows()).toHaveLength(3);
    expect(
      await server.sql(`SELECT reason FROM quarantine WHERE source_id = 'erp' AND reason = 'id_conflict'`),
    ).toEqual([]);
  });

  it('is run over what was sent before: what never became an event comes in, what did stays', async () => {
    const all = EXPRESSION.replace('event = "Heartbeat" ? () : $', '$');
    expect((await put({ ...definition(all), reason: 'Heartbeats count.' })).status).toBe(200);
    const rerun = (dry_run: boolean) => server.post('/api/mappings/rerun', { source: 'erp', dry_run });
    // Order 1 came twice, once by a replay; order 2 again as a retry.
    const dry = { looked: 6, taken_in: 5, fed: 1, dropped: 0, failing: 0, dry_run: true };
    expect((await rerun(true)).json).toEqual(dry);
    expect(await rows()).toHaveLength(3);
    expect((await rerun(false)).json).toEqual({ ...dry, dry_run: false });
    expect((await rows()).map(([name]) => name)).toContain('Heartbeat');
    expect(await rows()).toHaveLength(4);
    expect((await rerun(true)).json).toMatchObject({ fed: 0, failing: 0 });
    expect((await server.post('/api/mappings/rerun', { source: 'none' })).status).toBe(400);
  });

  it('counts nothing twice where a new version splits what is in already', async () => {
    const before = await rows();
    const two = EXPRESSION.replace(
      /\} : event = "Heartbeat" \? \(\) : \$/,
      '} ~> function($o) { [$o, $merge([$o, {"event": "Order Seen"}])] } : $',
    );
    expect((await put({ ...definition(two), reason: 'Two of one.' })).status).toBe(200);
    expect((await server.post('/api/mappings/rerun', { source: 'erp', dry_run: false })).json).toMatchObject({
      fed: 0,
    });
    expect(await rows()).toEqual(before);
    await send(order('5'));
    expect((await rows()).slice(-2).map(([name, , id]) => [name, id])).toEqual([
      ['Order Completed', 'erp-5'],
      ['Order Seen', 'erp-5#1'],
    ]);
  });
});
