import { type Random, randomOf } from '../local/seed/random.ts';

/** Events of a web shop, as analytics.js sends them; see `retailTraffic`. */
export interface TrafficOptions {
  /** The first event happens then, epoch milliseconds. */
  readonly start: number;
  readonly events: number;
  readonly seed?: number;
}

type Json = Record<string, unknown>;

interface Visitor {
  readonly anonymousId: string;
  readonly userId: string | undefined;
  readonly member: number;
  readonly userAgent: string;
  readonly screen: Json;
  left: number;
  hasIdentified: boolean;
}

/** Visitors who are on the site at one time; it decides how many owners a batch of 100 events has. */
const ACTIVE_VISITORS = 60;
/** Mean of 1..7, uniform. */
const MAX_EVENTS_PER_VISITOR = 7;
const SHARE_KNOWN = 0.45;
/** Members per visitor who is known: some come back with another browser. */
const MEMBERS_PER_VISITOR = 0.35;
const MS_BETWEEN_EVENTS = 20;
const PRODUCTS = 800;

const CATEGORIES = ['跑步鞋', '篮球鞋', '户外', '瑜伽', '骑行', '童装'];
const COLOURS = ['曜石黑', '云白', '湖蓝', '珊瑚红'];
const USER_AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; 2407FPN8EG) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
];
const SCREENS = [
  { width: 1920, height: 1080, density: 1 },
  { width: 393, height: 852, density: 3 },
];

function newVisitor(random: Random, members: number): Visitor {
  const member = random.int(1, members);
  return {
    anonymousId: random.uuid(),
    userId: random.chance(SHARE_KNOWN) ? `m${100_000 + member}` : undefined,
    member,
    userAgent: random.pick(USER_AGENTS),
    screen: random.pick(SCREENS),
    left: random.int(1, MAX_EVENTS_PER_VISITOR),
    hasIdentified: false,
  };
}

const pageOf = (path: string): Json => ({
  path,
  referrer: 'https://www.baidu.com/s?wd=%E8%B7%91%E6%AD%A5%E9%9E%8B',
  search: '?utm_source=baidu&utm_medium=cpc',
  title: '一川运动 · 官方商城',
  url: `https://shop.example.com${path}?utm_source=baidu&utm_medium=cpc`,
});

function productOf(random: Random): Json {
  const n = random.int(1, PRODUCTS);
  const product_id = `sku-${10_000 + n}`;
  return {
    product_id,
    sku: `${product_id}-42`,
    category: CATEGORIES[n % CATEGORIES.length],
    name: `一川 ${CATEGORIES[n % CATEGORIES.length]} ${n}`,
    brand: '一川',
    variant: COLOURS[n % COLOURS.length],
    price: 99 + (n % 90) * 10,
    quantity: random.int(1, 2),
    currency: 'CNY',
    url: `https://shop.example.com/products/${product_id}`,
    image_url: `https://img.shop.example.com/products/${product_id}/main-1200x1200.jpg`,
  };
}

/** What happens next to a visitor: a few names make most of the traffic, as everywhere. */
function happening(visitor: Visitor, random: Random): { event: Json; path: string } {
  if (visitor.userId !== undefined && !visitor.hasIdentified) {
    visitor.hasIdentified = true;
    const { member } = visitor;
    const traits = {
      name: `会员 ${member}`,
      email: `member${member}@example.com`,
      phone: `+86138${String(10_000_000 + member)}`,
      level: member % 5 === 0 ? 'gold' : 'silver',
      points: (member * 37) % 5_000,
    };
    return { path: '/account', event: { type: 'identify', traits } };
  }
  const product = productOf(random);
  const path = `/products/${String(product.product_id)}`;
  const dice = random.next();
  if (dice < 0.35) return { path, event: { type: 'page', name: 'Product', properties: pageOf(path) } };
  if (dice < 0.75) return { path, event: { type: 'track', event: 'Product Viewed', properties: product } };
  if (dice < 0.83) {
    const properties = { query: String(product.category) };
    return { path: '/search', event: { type: 'track', event: 'Products Searched', properties } };
  }
  if (dice < 0.95) {
    const properties = { cart_id: `c-${visitor.anonymousId.slice(0, 8)}`, ...product };
    return { path, event: { type: 'track', event: 'Product Added', properties } };
  }
  const { url, image_url, currency, brand, ...line } = product;
  const value = Number(product.price) * Number(product.quantity);
  const properties = { order_id: `o-${random.uuid()}`, value, revenue: value, currency, products: [line] };
  return { path: '/checkout/done', event: { type: 'track', event: 'Order Completed', properties } };
}

/**
 * A web shop's traffic for benchmarks: about 1 KB an event, 4 events a visitor, 45 % of the visitors known, products,
 * page and device contexts; visitors are mixed, as at a busy shop. Pure: the same options give the same bytes.
 */
export function* retailTraffic({ start, events, seed = 1 }: TrafficOptions): Generator<Json> {
  const random = randomOf(seed, 'bench');
  const members = Math.max(10, Math.round((events / 4) * SHARE_KNOWN * MEMBERS_PER_VISITOR * 2));
  const active = Array.from({ length: ACTIVE_VISITORS }, () => newVisitor(random, members));
  for (let index = 0; index < events; index += 1) {
    const slot = random.int(0, ACTIVE_VISITORS - 1);
    let visitor = active[slot];
    if (visitor === undefined || visitor.left === 0) visitor = newVisitor(random, members);
    active[slot] = visitor;
    visitor.left -= 1;
    const { event, path } = happening(visitor, random);
    yield {
      timestamp: new Date(start + index * MS_BETWEEN_EVENTS).toISOString(),
      integrations: {},
      ...(visitor.userId === undefined ? {} : { userId: visitor.userId }),
      anonymousId: visitor.anonymousId,
      ...event,
      context: {
        page: pageOf(path),
        userAgent: visitor.userAgent,
        locale: 'zh-CN',
        library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
        timezone: 'Asia/Shanghai',
        screen: visitor.screen,
        campaign: { source: 'baidu', medium: 'cpc', name: 'autumn-2026' },
      },
      messageId: `ajs-next-${start + index}-${random.uuid()}`,
    };
  }
}

/** Bodies for `POST /v1/batch`, `size` events each; the last may have fewer. */
export function batchBodies(events: Iterable<Json>, size: number): Buffer[] {
  const bodies: Buffer[] = [];
  let batch: Json[] = [];
  const send = (): void => {
    if (batch.length > 0) bodies.push(Buffer.from(JSON.stringify({ batch })));
    batch = [];
  };
  for (const event of events) {
    batch.push(event);
    if (batch.length === size) send();
  }
  send();
  return bodies;
}
