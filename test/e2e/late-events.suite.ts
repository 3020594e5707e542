import { describe, expect, it } from 'vitest';
import type { Decision } from '../../schemas/decision.ts';
import type { Target } from '../support/target.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const COUPON = 'viewed-three-days-coupon';
const CART = 'cart-left-30-minutes';
const PRODUCT = 'shoes';

const iso = (ms: number): string => new Date(ms).toISOString();

/** A zone of whole hours whose clocks show this hour at an instant. */
export function zoneWhere(hour: number, at: number): string {
  const ahead = ((hour - new Date(at).getUTCHours() + 36) % 24) - 12;
  // The family counts westwards.
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** Views of one product on the three days before an instant, all sent only now, by somebody in a zone. */
export const threeViews = (userId: string, { now, timezone }: { now: number; timezone: string }): object[] =>
  [3, 2, 1].map((days) => ({
    type: 'track',
    event: 'Product Viewed',
    messageId: `${userId}-${days}`,
    userId,
    timestamp: iso(now - days * DAY),
    properties: { product_id: PRODUCT },
    context: { timezone },
  }));

/**
 * Campaigns on events that arrive late, as from a phone that was offline: their timers are due already, or within a minute. So
 * the scenario is the same where time cannot be moved.
 */
export function lateEventsSuite(target: () => Target): void {
  const tell = async (source: string, events: readonly object[]): Promise<void> => {
    const { json } = await target().collect(source, events);
    expect(json).toMatchObject({ success: true, accepted: events.length });
  };
  const decisionsOf = async (userId: string, campaign: string): Promise<Decision[]> => {
    const { one_id } = await target().person({ identifier: `user_id:${userId}` });
    return (await target().get(`/api/decisions?one_id=${one_id}&campaign=${campaign}`)).json.decisions;
  };
  const decided = (userId: string, campaign: string) =>
    target().eventually(async () => {
      const decisions = await decisionsOf(userId, campaign);
      expect(decisions.map(({ campaign: which }) => which)).toEqual([campaign]);
      return decisions[0];
    });
  const order = (userId: string, at: number, product_id: string): object => ({
    type: 'track',
    event: 'Order Completed',
    messageId: `${userId}-order`,
    userId,
    timestamp: iso(at),
    properties: { order_id: `order-${userId}`, products: [{ product_id }] },
  });

  describe('three days of views that arrive on day four, after ten', () => {
    const user = (name: string): string => `${target().run}${name}`;

    it('bring one coupon; none after an order of the product or a refusal', async () => {
      const now = await target().now();
      const timezone = zoneWhere(12, now);
      const today = Math.floor(now / HOUR) * HOUR;
      await tell('server', [
        order(user('late-ordered'), now - HOUR, PRODUCT),
        order(user('late-other'), now - HOUR, 'hat'),
      ]);
      const refusal = { type: 'identify', userId: user('late-refused'), messageId: user('late-refusal') };
      await tell('web', [{ ...refusal, context: { consent: { marketing: false } } }]);
      await target().eventually(async () => {
        for (const name of ['late-ordered', 'late-other', 'late-refused']) {
          await target().person({ identifier: `user_id:${user(name)}` });
        }
      });
      const all = ['late-plain', 'late-ordered', 'late-other', 'late-refused', 'late-twice'];
      for (const name of [...all, 'late-twice']) await tell('web', threeViews(user(name), { now, timezone }));

      const plain = await decided(user('late-plain'), COUPON);
      const due = iso(today - 2 * HOUR);
      expect(plain).toMatchObject({ outcome: 'sent', reason: 'sent', subject: PRODUCT, due_at: due });
      expect(await target().message(plain?.send_id ?? '')).toMatchObject({
        ...{ campaign: COUPON, one_id: plain?.one_id, subject: PRODUCT, template: 'product-coupon' },
      });
      expect(await decided(user('late-other'), COUPON)).toMatchObject({ reason: 'sent' });
      expect(await decided(user('late-twice'), COUPON)).toMatchObject({ reason: 'sent' });
      const ordered = await decided(user('late-ordered'), COUPON);
      expect(ordered).toMatchObject({ outcome: 'not_sent', reason: 'condition_no_longer_true' });
      expect(ordered?.send_id ?? null).toBeNull();
      const refused = await decided(user('late-refused'), COUPON);
      expect(refused).toMatchObject({ outcome: 'not_sent', reason: 'no_consent' });
    });
  });

  describe('a cart that was left half an hour ago, less some seconds', () => {
    const user = (name: string): string => `${target().run}${name}`;

    it('is reminded of by a timer; not so who bought meanwhile', async () => {
      const now = await target().now();
      const at = now - 30 * MINUTE + 20_000;
      const added = (name: string): object => ({
        ...{ type: 'track', event: 'Product Added', messageId: `${user(name)}-added`, userId: user(name) },
        ...{ timestamp: iso(at), properties: { product_id: 'hat' } },
      });
      await tell('web', [added('cart-left'), added('cart-bought')]);
      await tell('server', [order(user('cart-bought'), now - MINUTE, 'hat')]);
      await target().reach(at + 30 * MINUTE + MINUTE);
      const left = await decided(user('cart-left'), CART);
      expect(left).toMatchObject({ outcome: 'sent', due_at: iso(at + 30 * MINUTE) });
      expect(await target().message(left?.send_id ?? '')).toMatchObject({ campaign: CART, template: 'cart-reminder' });
      const waited = Date.parse(left?.decided_at ?? '') - Date.parse(left?.due_at ?? '');
      expect(waited).toBeGreaterThanOrEqual(0);
      expect(waited).toBeLessThan(5 * MINUTE);
      const bought = await decided(user('cart-bought'), CART);
      expect(bought).toMatchObject({ outcome: 'not_sent', reason: 'condition_no_longer_true' });
    });
  });
}
