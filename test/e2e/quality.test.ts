import { expect, it, onTestFinished } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

async function start(): Promise<RunningServer> {
  const server = await startServer();
  onTestFinished(() => server.stop());
  return server;
}

const DAY_MS = 86_400_000;

it('counts what came, what was wrong, what came twice and what came late', async () => {
  const server = await start();
  // Far from any midnight, which would make two days of it.
  const noon = (Math.ceil(Date.now() / DAY_MS) + 0.5) * DAY_MS;
  expect((await server.post('/api/clock', { to: noon })).status).toBe(200);
  const now = Date.parse((await server.get('/api/clock')).json.now);
  const at = (ago: number): string => new Date(now - ago).toISOString();
  const viewed = { type: 'track', userId: 'u', event: 'Product Viewed', properties: { product_id: 'p', price: 1 } };
  await server.collect('web', [
    { ...viewed, messageId: 'good', timestamp: at(1_000) },
    { ...viewed, messageId: 'empty', timestamp: at(1_000), properties: { product_id: 'p', brand: '', colour: 'red' } },
    { ...viewed, messageId: 'late', timestamp: at(3 * DAY_MS) },
    { ...viewed, messageId: 'price', timestamp: at(1_000), properties: { product_id: 'p', price: 'abc' } },
    { ...viewed, messageId: 'no-product', timestamp: at(1_000), properties: {} },
    { ...viewed, messageId: 'unplanned', timestamp: at(1_000), event: 'Button Pressed' },
  ]);
  await server.collect('web', [{ ...viewed, messageId: 'good', timestamp: at(1_000) }]);
  await server.post('/v1/track', viewed, { authorization: 'Basic bm9ib2R5Og==' });

  const { status, json } = await server.get('/api/quality');
  expect(status).toBe(200);
  const web = json.rows.filter((row: { source_id: string; accepted: number }) => row.source_id === 'web');
  expect(web).toHaveLength(1);
  expect(web[0]).toMatchObject({
    event: '',
    accepted: 4,
    quarantined: 2,
    quarantine_share: 2 / 6,
    duplicates: 1,
    duplicate_share: 0.2,
    refused: 0,
    unplanned: 1,
    clock_skewed: 0,
  });
  expect(web[0].lateness).toMatchObject({ p50_seconds: 60, p95_seconds: 604_800 });
  expect(web[0].faults).toEqual(
    expect.arrayContaining([
      { reason: 'plan_violation', field: '/properties/price', missing: false, entries: 1 },
      { reason: 'plan_violation', field: '/properties/product_id', missing: true, entries: 1 },
    ]),
  );
  expect(json.rows.find((row: { source_id: string }) => row.source_id === 'unknown')).toMatchObject({
    accepted: 0,
    refused: 1,
    refused_by: [{ reason: 'unknown_key', count: 1 }],
  });

  const detail = (await server.get('/api/quality?source=web&event=Product%20Viewed')).json;
  expect(detail.rows).toHaveLength(1);
  expect(detail.rows[0]).toMatchObject({ event: 'Product Viewed', accepted: 3, quarantined: 2, duplicates: 1 });
  const field = (name: string) => detail.fields.find((row: { field: string }) => row.field === name);
  expect(field('product_id')).toMatchObject({ planned: true, events: 4, empty: 1, null_share: 0.25, type_failures: 0 });
  expect(field('price')).toMatchObject({ planned: true, events: 3, empty: 1, type_failures: 1 });
  expect(field('brand')).toMatchObject({ planned: true, events: 3, empty: 3 });
  expect(field('colour')).toMatchObject({ planned: false, events: 3, empty: 2 });
});

it.each([
  ['from=yesterday', 'from must be a day such as 2026-03-01; got "yesterday".'],
  ['from=2026-02-30', 'from must be a day such as 2026-03-01; got "2026-02-30".'],
  ['from=2026-03-02&to=2026-03-01', 'from (2026-03-02) must not be after to (2026-03-01).'],
  ['from=2026-01-01&to=2026-02-01', '2026-01-01 to 2026-02-01 are 32 days; ask for at most 31 at once.'],
  [`event=${'x'.repeat(201)}`, 'event must have at most 200 characters.'],
])('refuses %s', async (query, message) => {
  const server = await start();
  const answer = await server.get(`/api/quality?${query}`);
  expect([answer.status, answer.json]).toEqual([400, { error: 'invalid_parameter', message }]);
});
