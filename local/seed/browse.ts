import { DAY, HOUR, MINUTE, SECOND } from './calendar.ts';
import { type Line, orderProperties, PRODUCTS, type Product, productProperties, SEARCHES } from './catalogue.ts';
import { type Life, report, type Surface, serverWho, signIn, signOut, signUp, tell } from './life.ts';
import { SPELLINGS } from './people.ts';
import type { Json } from './sdk.ts';

/** What happens to the cart: nothing put in, left behind, ordered within half an hour, or ordered only later that day. */
export type CartFate = 'none' | 'left' | 'ordered' | 'ordered_late';

/** One visit to the web shop, the app or the mini program. */
export interface Visit {
  /** Epoch milliseconds of its first event. */
  readonly at: number;
  readonly surface: Surface;
  /** The product she came for; others may be looked at too. */
  readonly product: Product;
  readonly cart: CartFate;
  /** Signs in, or up, during this visit, unless she is already. */
  readonly sign: 'in' | 'up' | 'none';
  /** Without network: everything arrives only then, epoch milliseconds. */
  readonly held_until?: number;
}

/** Looks at one product: the page or screen, and the e-commerce event. Two events. */
export const view = (
  life: Life,
  visit: Pick<Visit, 'surface' | 'held_until'>,
  look: { product: Product; at: number },
) => {
  const { surface, held_until } = visit;
  const { product, at } = look;
  const path = `/products/${product.product_id}`;
  const page = { at, type: surface === 'web' ? 'page' : 'screen', name: 'Product', path, held_until } as const;
  const url = surface === 'web' ? { url: `https://shop.example.com${path}` } : {};
  const data = { ...productProperties(product), ...url };
  tell(life, surface, page);
  tell(life, surface, { at: at + 30, type: 'track', name: 'Product Viewed', data, path, held_until });
};

/** An order as the back end reports it, and sometimes, days later, its refund or cancellation. */
const order = (life: Life, visit: Visit, cart: { at: number; lines: readonly Line[] }): void => {
  const { random, shopper } = life;
  const known = serverWho(life, visit.surface);
  // A guest leaves an address for the receipt; on WeChat it is her phone number.
  const contact = visit.surface === 'miniprogram' ? { phone: shopper.phone } : { email: shopper.email };
  const who = known.user_id === undefined ? { ...known, traits: contact } : known;
  const order_id = `W${random.text(10, '0123456789')}`;
  const discount = random.chance(0.15) ? random.int(5, 20) : 0;
  const shipping_address = { city: random.pick(['上海', '北京', '杭州', '广州']), name: shopper.name };
  const money = orderProperties(cart.lines, discount);
  const data = { order_id, affiliation: visit.surface, ...money, shipping_address };
  report(life, 'server', { who, call: { at: cart.at, type: 'track', name: 'Order Completed', data } });
  if (!random.chance(0.08)) return;
  const after = cart.at + (random.chance(0.3) ? random.int(1, 5) * HOUR : random.int(2, 6) * DAY);
  const name = after - cart.at < DAY ? 'Order Cancelled' : 'Order Refunded';
  const back = { order_id, total: money.total, currency: 'CNY' };
  report(life, 'server', { who, call: { at: after, type: 'track', name, data: back } });
};

/** From the product page to the cart, and on to the fate of the cart. */
const fillCart = (life: Life, visit: Visit, from: number): number => {
  const { surface, product, held_until, cart } = visit;
  const { random } = life;
  const quantity = random.chance(0.8) ? 1 : 2;
  const track = (at: number, name: string, data: Json) =>
    tell(life, surface, { at, type: 'track', name, data, path: '/cart', held_until });
  const cart_id = `C${random.text(8, '0123456789')}`;
  const added = from + random.int(5, 40) * SECOND;
  track(added, 'Product Added', { cart_id, ...productProperties(product), quantity });
  const lines: Line[] = [{ product, quantity }];
  const second = random.pick(PRODUCTS);
  if (random.chance(0.3) && second !== product) {
    track(added + 50 * SECOND, 'Product Added', { cart_id, ...productProperties(second), quantity: 1 });
    if (random.chance(0.4)) track(added + 70 * SECOND, 'Product Removed', { cart_id, ...productProperties(second) });
    else lines.push({ product: second, quantity: 1 });
  }
  const looked = added + 90 * SECOND;
  track(looked, 'Cart Viewed', { cart_id, products: orderProperties(lines).products });
  if (cart === 'left') return looked;
  const ordered = cart === 'ordered' ? looked + random.int(2, 24) * MINUTE : looked + random.int(40, 180) * MINUTE;
  track(ordered - MINUTE, 'Checkout Started', orderProperties(lines));
  order(life, visit, { at: ordered, lines });
  return ordered;
};

const sign = (life: Life, visit: Visit, at: number): void => {
  if (visit.sign === 'none' || life.signed_in.has(visit.surface)) return;
  if (visit.sign === 'up' && life.member_since === undefined) signUp(life, visit.surface, at);
  else if (life.member_since !== undefined) signIn(life, visit.surface, at);
};

/** A shopper without membership may still let the mini program have her phone number, for the delivery. */
const authorisePhone = (life: Life, visit: Visit, at: number): void => {
  const { shopper, random } = life;
  const asked = visit.surface === 'miniprogram' && life.member_since === undefined && random.chance(0.15);
  if (!asked) return;
  const data = { phone: random.pick(SPELLINGS)(shopper.phone) };
  report(life, 'server', { who: serverWho(life, visit.surface), call: { at, type: 'identify', data } });
};

/** Plays one visit: arriving, looking around, signing in or up, the cart. About five to a dozen events. */
export const browse = (life: Life, visit: Visit): void => {
  const { surface, product, held_until } = visit;
  const { random } = life;
  const type = surface === 'web' ? 'page' : 'screen';
  let now = visit.at;
  const pass = () => {
    now += random.int(6, 55) * SECOND;
    return now;
  };
  tell(life, surface, { at: now, type, name: 'Home', path: '/', held_until });
  if (random.chance(0.25)) {
    const data = { query: random.pick(SEARCHES) };
    tell(life, surface, { at: pass(), type: 'track', name: 'Products Searched', data, path: '/search', held_until });
  }
  if (random.chance(0.4)) {
    const data = { list_id: product.category, category: product.category };
    tell(life, surface, { at: pass(), type: 'track', name: 'Product List Viewed', data, path: '/list', held_until });
  }
  for (let others = random.int(0, 1); others > 0; others -= 1) {
    view(life, visit, { product: random.pick(PRODUCTS), at: pass() });
  }
  view(life, visit, { product, at: pass() });
  // Signing in needs the network.
  if (held_until === undefined) {
    sign(life, visit, pass());
    authorisePhone(life, visit, pass());
  }
  if (visit.cart !== 'none') now = fillCart(life, visit, now);
  if (surface === 'web' && life.signed_in.has('web') && random.chance(0.08)) signOut(life, now + 90 * SECOND);
};
