import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { compileDefinitions } from '../../functions/shared/definitions.ts';
import campaign from '../../schemas/campaigns/cart-left-30-minutes.json' with { type: 'json' };
import { type RunningServer, startServer } from '../support/server.ts';

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const key = randomBytes(32);
const deliveries: Delivery[] = [];
/** What the receiver answers next; 200 when there is nothing left. */
const answers = [503, 429];
let receiver: Server;
let server: RunningServer;

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    deliveries.push({ headers: request.headers, body });
    response.writeHead(answers.shift() ?? 200).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
  const toWebhook = { ...campaign, send: { ...campaign.send, channel: 'webhook', params: { discount: '5%' } } };
  server = await startServer({
    webhook: { url, secret: `whsec_${key.toString('base64')}` },
    definitions: compileDefinitions([], [toWebhook]),
  });
});
afterAll(async () => {
  await server.stop();
  receiver.close();
});

/** Verifies as the text of Standard Webhooks 1.0.0 says, with none of our code. */
function isSigned({ headers, body }: Delivery): boolean {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
}

it('delivers a decided message signed, again until it is taken, and then no more', async () => {
  await server.collect('web', {
    type: 'track',
    event: 'Product Added',
    userId: 'left',
    properties: { product_id: 'hat' },
  });
  expect((await server.post('/api/clock', { advance: 'PT31M' })).status).toBe(200);
  const { decisions } = (await server.get('/api/decisions')).json;
  expect(decisions).toMatchObject([{ campaign: 'cart-left-30-minutes', outcome: 'sent', channel: 'webhook' }]);
  const [{ send_id, one_id }] = decisions;
  await vi.waitUntil(() => deliveries.length > 0, { timeout: 30_000 });
  // Retries wait 1 s and 5 s by the virtual clock.
  for (const attempts of [2, 3]) {
    await server.post('/api/clock', { advance: 'PT10S' });
    await vi.waitUntil(() => deliveries.length >= attempts, { timeout: 30_000 });
  }
  const outbox = async () => (await server.get('/api/outbox')).json.messages;
  await vi.waitUntil(async () => (await outbox())[0]?.status === 'delivered', { timeout: 30_000 });
  await server.post('/api/clock', { advance: 'PT1H' });
  expect(await outbox()).toMatchObject([{ send_id, channel: 'webhook', status: 'delivered' }]);
  expect(deliveries.length).toBe(3);
  for (const delivery of deliveries) {
    expect(isSigned(delivery)).toBe(true);
    expect(isSigned({ ...delivery, body: delivery.body.replace('hat', 'cap').replace('5%', '50%') })).toBe(false);
    expect(delivery.headers).toMatchObject({ 'webhook-id': send_id, 'content-type': 'application/json' });
    expect(JSON.parse(delivery.body)).toMatchObject({
      type: 'campaign.message',
      data: { send_id, one_id, template: 'cart-reminder', params: { discount: '5%' } },
    });
  }
  const times = deliveries.map(({ headers }) => Number(headers['webhook-timestamp']));
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
