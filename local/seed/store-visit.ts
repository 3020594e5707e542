import { MINUTE, SECOND } from './calendar.ts';
import { type Line, orderProperties, PRODUCTS, type Product } from './catalogue.ts';
import { type Life, report, tell } from './life.ts';
import { SPELLINGS } from './people.ts';
import { type Who, weChatIds } from './sdk.ts';

/** One visit to a store. */
export interface StoreVisit {
  /** Epoch milliseconds of walking in. */
  readonly at: number;
  readonly store_id: string;
  /** Shows the member code, or tells her phone number, at the till. */
  readonly scans: boolean;
  readonly buys: boolean;
  /** Redeems a coupon. */
  readonly coupon?: string;
  /** What she buys; anything when not given. */
  readonly product?: Product;
  /** The phone number exactly as the cashier types it; else in any spelling, or the WeChat code. */
  readonly typed?: string;
}

/** What the cashier types when a customer refuses to give a number; the till will not go on without one. */
export const REFUSED_PHONE = '00000000000';

/** A till names people by phone, however the cashier writes it, or by the WeChat code that it scanned. */
const tillWho = (life: Life, visit: StoreVisit): { who: Who; method: string } => {
  const { shopper, random } = life;
  const sender = `till-${visit.store_id}`;
  const typed = visit.scans ? visit.typed : REFUSED_PHONE;
  if (typed !== undefined) return { who: { sender, traits: { phone: typed } }, method: 'phone' };
  if (shopper.wechat !== undefined && random.chance(0.35)) {
    return { who: { sender, external_ids: weChatIds(shopper, { unionid: true }) }, method: 'wechat' };
  }
  return { who: { sender, traits: { phone: random.pick(SPELLINGS)(shopper.phone) } }, method: 'phone' };
};

/** Plays one visit to a store: the app notices it, the till scans or not, an order or not. */
export const shop = (life: Life, visit: StoreVisit): void => {
  const { shopper, random } = life;
  const { store_id, at } = visit;
  if (shopper.app !== undefined) {
    const trigger = random.pick(['geofence', 'beacon']);
    tell(life, 'app', { at, type: 'track', name: 'Store Entered', data: { store_id, trigger } });
  }
  const { who, method } = tillWho(life, visit);
  const till = (when: number, name: string, data: Record<string, unknown>) =>
    report(life, 'pos', { who, call: { at: when, type: 'track', name, data: { store_id, ...data } } });
  const scanned = at + random.int(4, 22) * MINUTE;
  if (visit.scans) till(scanned, 'Member Code Scanned', { method });
  if (!visit.buys) return;
  const order_id = `${store_id}-${random.text(9, '0123456789')}`;
  const lines: Line[] = [{ product: visit.product ?? random.pick(PRODUCTS), quantity: random.int(1, 2) }];
  const discount = visit.coupon === undefined ? 0 : 10;
  const paid = scanned + 30 * SECOND;
  if (visit.coupon !== undefined) {
    till(paid, 'Coupon Redeemed', { coupon_id: visit.coupon, order_id, discount, currency: 'CNY' });
  }
  till(paid + SECOND, 'Order Completed', { order_id, affiliation: 'store', ...orderProperties(lines, discount) });
};
