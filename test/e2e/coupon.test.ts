import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import { type RunningServer, startServer } from '../support/server.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const COUPON = 'viewed-three-days-coupon';
const PRODUCT = 'shoes';

let server: RunningServer;
/** Noon in Shanghai on the first day; the story then goes on by the virtual clock. */
let noon = 0;

const iso = (ms: number): string => new Date(ms).toISOString();
const moveTo = async (ms: number): Promise<void> => {
  expect((await server.post('/api/clock', { to: iso(ms) })).status).toBe(200);
};
const view = (userId: string, at: number, extra: object = {}): object => ({
  type: 'track',
  event: 'Product Viewed',
  messageId: `${userId}-${at}`,
  userId,
  timestamp: iso(at),
  properties: { product_id: PRODUCT },
  ...extra,
});
const order = (userId: string, at: number, product_id: string): object => ({
  type: 'track',
  event: 'Order Completed',
  messageId: `${userId}-order`,
  userId,
  timestamp: iso(at),
  properties: { order_id: `order-${userId}`, products: [{ product_id }] },
});
const tell = async (source: string, ...events: object[]): Promise<void> => {
  expect((await server.collect(source, events)).json).toMatchObject({ success: true, accepted: events.length });
};
const decisionsOf = async (identifier: string, campaign: string): Promise<Decision[]> => {
  const { one_id } = await server.person({ identifier });
  return (await server.get(`/api/decisions?one_id=${one_id}&campaign=${campaign}`)).json.decisions;
};

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describe('three days of views of one product', () => {
  const EVERY_DAY = ['plain', 'ordered', 'ordered-flat', 'ordered-on-day-four', 'ordered-other', 'refused', 'twice'];
  /** Noon in Shanghai is eleven in the evening before, all year: where clocks are changed, two noons can fall on one day, or a day between them. */
  const BOGOTA = { context: { timezone: 'America/Bogota' } };

  beforeAll(async () => {
    const now = (await server.get('/api/clock')).json.now;
    // 12:00 in Shanghai is 04:00 UTC.
    noon = Math.floor(Date.parse(now) / DAY) * DAY + DAY + 4 * HOUR;
    for (const day of [0, 1, 2]) {
      const at = noon + day * DAY;
      await moveTo(at + MINUTE);
      await tell('web', ...EVERY_DAY.map((user) => view(user, at)));
      await tell('web', ...EVERY_DAY.filter((user) => user === 'twice').map((user) => view(user, at)));
      await tell('web', view('bogota', at, BOGOTA));
      if (day !== 1) await tell('web', view('skipped-a-day', at));
      const cookie = { anonymousId: 'cookie', userId: day === 2 ? 'signed-in-late' : undefined };
      await tell(day === 1 ? 'app' : 'web', view('signed-in-late', at, cookie));
    }
    const late = [2, 0, 1, 2, 0].map((day) => view('late-and-shuffled', noon + day * DAY));
    await tell('web', ...late);
    await tell('web', { type: 'identify', userId: 'refused', context: { consent: { marketing: false } } });
    const flat = { messageId: 'flat', properties: { order_id: 'flat', product_id: PRODUCT } };
    await tell('server', { ...order('ordered-flat', noon + 2 * DAY, PRODUCT), ...flat });
    await tell('server', order('ordered', noon + 2 * DAY, PRODUCT), order('ordered-other', noon + 2 * DAY, 'hat'));
    // Day four, 09:59 in Shanghai: only in Bogota it has been ten o'clock, and there is time for one more order.
    await moveTo(noon + 3 * DAY - 2 * HOUR - MINUTE);
    const early: Decision[] = (await server.get(`/api/decisions?campaign=${COUPON}`)).json.decisions;
    const abroad = await server.person({ identifier: 'user_id:bogota' });
    expect(early.map(({ one_id }) => one_id)).toEqual([abroad.one_id]);
    await tell('server', order('ordered-on-day-four', noon + 3 * DAY - 3 * HOUR, PRODUCT));
    await moveTo(noon + 4 * DAY);
    const tooLate = [0, 1, 2].map((day) => view('much-too-late', noon + day * DAY));
    await tell('web', ...tooLate);
    await moveTo(noon + 4 * DAY + MINUTE);
  });

  it('brings one decision on day four at ten: sent, with the message in the outbox', async () => {
    const decisions = await decisionsOf('user_id:plain', COUPON);
    expect(decisions.length).toBe(1);
    const [decision] = decisions;
    const due = iso(noon + 3 * DAY - 2 * HOUR);
    expect(decision).toMatchObject({ outcome: 'sent', reason: 'sent', subject: PRODUCT, due_at: due, decided_at: due });
    const { messages } = (await server.get('/api/outbox?limit=1000')).json;
    const mine = messages.filter(({ send_id }: { send_id: string }) => send_id === decision?.send_id);
    expect(mine).toMatchObject([
      { campaign: COUPON, one_id: decision?.one_id, subject: PRODUCT, template: 'product-coupon' },
    ]);
  });

  it.each([
    ['ordered', 'condition_no_longer_true'],
    ['ordered-flat', 'condition_no_longer_true'],
    ['ordered-on-day-four', 'condition_no_longer_true'],
    ['refused', 'no_consent'],
    ['much-too-late', 'too_late'],
  ])('is not sent, and the log says why: %s is %s', async (user, reason) => {
    const decisions = await decisionsOf(`user_id:${user}`, COUPON);
    expect(decisions.map((each) => [each.outcome, each.reason])).toEqual([['not_sent', reason]]);
    expect(decisions[0]?.send_id ?? null).toBeNull();
  });

  it.each(['twice', 'late-and-shuffled', 'ordered-other', 'signed-in-late'])('is the same for %s', async (user) => {
    const [plain] = await decisionsOf('user_id:plain', COUPON);
    const decisions = await decisionsOf(`user_id:${user}`, COUPON);
    const outline = ({ outcome, reason, subject, due_at, decided_at }: Decision) => ({
      outcome,
      reason,
      subject,
      due_at,
      decided_at,
    });
    expect(decisions.map(outline)).toEqual(plain ? [outline(plain)] : []);
  });

  it('counts and decides by the person’s own days', async () => {
    const [decision] = await decisionsOf('user_id:bogota', COUPON);
    expect(decision).toMatchObject({ outcome: 'sent' });
    const local = new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Bogota', timeStyle: 'short' });
    expect(local.format(Date.parse(decision?.due_at ?? ''))).toBe('10:00');
  });

  it('has no decision for a streak with a gap', async () => {
    expect(await decisionsOf('user_id:skipped-a-day', COUPON)).toEqual([]);
  });

  it('sends one message per sent decision and no other', async () => {
    const sent = (await server.get(`/api/decisions?campaign=${COUPON}&outcome=sent&limit=1000`)).json.decisions;
    const { messages } = (await server.get('/api/outbox?limit=1000')).json;
    const ids = (list: { send_id: string }[]) => list.map(({ send_id }) => send_id).sort();
    const coupons = messages.filter(({ campaign }: { campaign: string }) => campaign === COUPON);
    expect(ids(coupons)).toEqual(ids(sent));
    expect(sent.length).toBe(6);
  });
});

describe('minutes after an event', () => {
  let start = 0;
  const track = (userId: string, event: string, properties: object): object => ({
    type: 'track',
    event,
    userId,
    properties,
    messageId: `${userId}-${event}`,
  });

  beforeAll(async () => {
    start = noon + 6 * DAY;
    await moveTo(start);
    await tell('web', track('left', 'Product Added', { product_id: 'hat' }));
    await tell('web', track('bought', 'Product Added', { product_id: 'hat' }));
    await tell('app', ...['visitor', 'scanner'].map((user) => track(user, 'Product Viewed', { product_id: 'hat' })));
    await tell('web', track('never-in-app', 'Product Viewed', { product_id: 'hat' }));
    const visitors = ['visitor', 'scanner', 'never-in-app'];
    await tell('app', ...visitors.map((user) => track(user, 'Store Entered', { store_id: 'S01' })));
    await moveTo(start + 5 * MINUTE);
    await tell('pos', track('scanner', 'Member Code Scanned', { store_id: 'S01' }));
    await tell('server', track('bought', 'Order Completed', { order_id: 'o1', products: [{ product_id: 'hat' }] }));
    await moveTo(start + 29 * MINUTE);
    expect((await server.get('/api/decisions?campaign=cart-left-30-minutes')).json.decisions).toEqual([]);
    await moveTo(start + 31 * MINUTE);
  });

  it.each([
    ['left', 'cart-left-30-minutes', 'sent', 30],
    ['bought', 'cart-left-30-minutes', 'condition_no_longer_true', 30],
    ['visitor', 'store-visit-offline-code', 'sent', 10],
    ['scanner', 'store-visit-offline-code', 'condition_no_longer_true', 10],
    ['never-in-app', 'store-visit-offline-code', 'precondition_not_met', 10],
  ])('%s in %s: %s', async (user, campaign, reason, minutes) => {
    const decisions = await decisionsOf(`user_id:${user}`, campaign);
    expect(decisions.map((each) => each.reason)).toEqual([reason]);
    const waited = Date.parse(decisions[0]?.decided_at ?? '') - start - minutes * MINUTE;
    // The clock runs on while the events are sent.
    expect(waited).toBeGreaterThanOrEqual(0);
    expect(waited).toBeLessThan(MINUTE);
  });
});
