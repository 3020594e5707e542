import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../functions/collect/collect.ts';
import type { HttpRequest } from '../../../functions/shared/http.ts';
import type { Source } from '../../../schemas/event.ts';
import { ARRIVAL, collector, post, SERVER, WEB } from '../../support/ingest.ts';

const SIGNED: Source = { ...SERVER, source_id: 'hook', class: 'signed', protocol: 'webhooks' };
const SECRET = Buffer.alloc(24, 7);

const event = { type: 'track', event: 'E', userId: 'u1' };

/** What the collector says, with these keys; nothing else is stored than what it took. */
async function answer(request: HttpRequest, keys: Record<string, Source>) {
  const { deps, raw } = collector(keys);
  const known = { ...deps, secretsOf: async () => ({ secret: [`whsec_${SECRET.toString('base64')}`] }) };
  const { status, body } = await collect(request, known);
  return { status, reason: JSON.parse(body || '{}').reason, stored: raw.records.length };
}

/** A Standard Webhooks request, signed. */
function webhook(path: string): HttpRequest {
  const body = Buffer.from(JSON.stringify({ type: 'E', data: { userId: 'u1' } }));
  const at = String(Date.parse(ARRIVAL) / 1000);
  const signature = createHmac('sha256', SECRET).update(`m1.${at}.${body}`).digest('base64');
  const headers = { 'webhook-id': 'm1', 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` };
  return { method: 'POST', path, query: {}, headers, body };
}

describe('a source whose platform signs', () => {
  it('is reached by its own protocol', async () => {
    expect(await answer(webhook('/v1/hooks/webhooks/k'), { k: SIGNED })).toMatchObject({ status: 200, stored: 1 });
  });

  it.each([
    ['Segment, with its key as user name', post('/v1/batch', { batch: [event] })],
    ['Segment, with its key in the body', { ...post('/v1/track', { ...event, writeKey: 'sec' }), headers: {} }],
    ['PostHog', post('/batch/', { api_key: 'sec', batch: [{ event: 'E', distinct_id: 'u1' }] }, { authorization: '' })],
    ['CloudEvents', { ...webhook('/ce'), headers: { 'x-write-key': 'sec', 'ce-id': '1', 'ce-type': 'E' } }],
    ["another platform's address", webhook('/v1/hooks/shopify/sec')],
  ])('takes nothing by %s: nobody has signed that', async (_, request) => {
    const { status, reason, stored } = await answer(request, { sec: SIGNED });
    expect([status, reason, stored]).toEqual([403, 'wrong_protocol', 0]);
  });

  it('takes nothing of another signed protocol either', async () => {
    const shop: Source = { ...SIGNED, protocol: 'shopify' };
    const { reason, stored } = await answer(webhook('/v1/hooks/webhooks/k'), { k: shop });
    expect([reason, stored]).toEqual(['wrong_protocol', 0]);
  });
});

describe('a name that anybody can know', () => {
  const named = (source: Source) =>
    answer(post('/batch/', { api_key: 'phc_1', batch: [{ event: 'E', distinct_id: 'u' }] }, { authorization: '' }), {
      'posthog:phc_1': source,
    });

  it('stands for a public source', async () => {
    expect(await named(WEB)).toMatchObject({ status: 200, stored: 1 });
  });

  it.each([
    ['secret', SERVER],
    ['signed', SIGNED],
  ])('stands for no %s source', async (_, source) => {
    expect(await named(source)).toMatchObject({ status: 401, reason: 'unknown_key', stored: 0 });
  });

  it.each([
    ['public', WEB, 1],
    ['secret', SERVER, 0],
  ])('gives a path of its own to a %s source alone', async (_, source, stored) => {
    const record = { type: 'track', event: 'E', distinct_id: 'd1', time: Date.parse(ARRIVAL), properties: {} };
    const data = encodeURIComponent(Buffer.from(JSON.stringify(record)).toString('base64'));
    const request = post('/my/path', `data=${data}`, { authorization: '' });
    const own = { 'path:/my/path': { ...source, protocol: 'sensors' } };
    expect((await answer(request, own)).stored).toBe(stored);
  });
});
