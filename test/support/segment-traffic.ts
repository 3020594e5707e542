import { Dice } from './dice.ts';

type Json = Record<string, unknown>;

/** One event of the traffic, and who sent it. */
export interface LabelledEvent {
  readonly body: Readonly<Json>;
  /** Number of the person. */
  readonly person: number;
}

interface User {
  readonly number: number;
  readonly anonymous: readonly [string, string, string];
}

const USERS = 2000;
const SEED = 42;
const START = Date.UTC(2024, 5, 1);
const AGENTS: [string, ...string[]] = [
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.72 Mobile Safari/537.36 MicroMessenger/8.0.49',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
];
const NAMES: [string, ...string[]] = [
  ...(['Product Viewed', 'Product Added', 'Cart Viewed'] as const),
  ...['Checkout Started', 'Order Completed', 'Products Searched', 'Coupon Applied'],
];
const PATHS: [string, ...string[]] = ['/', '/p/123', '/category/shoes', '/cart', '/checkout'];
const CAMPAIGN = '?utm_source=wechat&utm_medium=social&utm_campaign=june';

/** Share of events up to and with each type. */
const TYPES: readonly (readonly [number, string])[] = [
  ...([[0.6, 'track'] as const, [0.82, 'page'] as const, [0.96, 'identify'] as const] as const),
  ...([[0.98, 'group'] as const, [0.99, 'screen'] as const] as const),
];
/** Events of these types always say who it is; of the others 45 % do. */
const NAMING = new Set(['identify', 'alias', 'group']);

const round = (dice: Dice, cents: number): number => Math.round(dice.roll() * cents) / 100;

function contextOf(dice: Dice, path: string): Json {
  const ip = `10.${dice.below(255)}.${dice.below(255)}.${dice.below(255)}`;
  const userAgent = dice.pick(AGENTS);
  const locale = dice.pick(['zh-CN', 'en-US']);
  const url = `https://shop.example.com${path}${dice.chance(0.3) ? CAMPAIGN : ''}`;
  const referrer = dice.chance(0.5) ? 'https://www.google.com/' : '';
  const campaign = dice.chance(0.3) ? { campaign: { source: 'wechat', medium: 'social', name: 'june' } } : {};
  return {
    ...{ ip, userAgent, locale, timezone: 'Asia/Shanghai', library: { name: 'analytics.js', version: '2.11.1' } },
    page: { path, url, title: `Shop ${path}`, referrer, search: '' },
    screen: { width: 1440, height: 900, density: 2 },
    ...campaign,
  };
}

function productOf(dice: Dice): Json {
  return {
    product_id: `sku_${dice.below(500)}`,
    sku: `G-${dice.below(500)}`,
    category: 'Shoes',
    name: `Sneaker ${dice.below(500)}`,
    brand: 'ACME',
    price: round(dice, 20_000),
    quantity: 1 + dice.below(3),
    currency: 'CNY',
  };
}

function orderOf(dice: Dice, index: number): Json {
  const products = [
    { product_id: 'sku_1', price: 19, quantity: 1 },
    { product_id: 'sku_2', price: 9.5, quantity: 2 },
  ];
  return { order_id: `o_${index}`, total: round(dice, 100_000), revenue: round(dice, 90_000), products };
}

function identifyOf(dice: Dice, { number }: User, context: Json): Json {
  const phone = `+86138${String(10_000_000 + number).slice(-8)}`;
  const names = { firstName: 'San', lastName: 'Zhang', createdAt: '2023-01-02T03:04:05Z' };
  const traits = { email: `user.${number}@example.com`, phone, ...names, plan: dice.pick(['free', 'gold']) };
  return { traits, ...(dice.chance(0.5) ? { context: { ...context, traits } } : {}) };
}

/** What an event of a type carries besides what all carry. */
function contentOf(dice: Dice, type: string, common: { user: User; anon: string; context: Json; index: number }): Json {
  const { user, anon, context, index } = common;
  if (type === 'track') {
    const event = dice.pick(NAMES);
    const properties = productOf(dice);
    return { event, properties: event === 'Order Completed' ? { ...properties, ...orderOf(dice, index) } : properties };
  }
  if (type === 'page' || type === 'screen') {
    const { path, url, title, referrer } = context.page as Json;
    return { name: title, properties: { path, url, title, referrer } };
  }
  if (type === 'identify') return identifyOf(dice, user, context);
  if (type === 'group') return { groupId: `g_${dice.below(50)}`, traits: { name: 'Acme', industry: 'retail' } };
  return { previousId: anon };
}

/**
 * Segment-spec traffic of 2,000 people with three anonymous ids each, the same on every machine, with the truth: written for
 * this project, under its licence. Few come often, most seldom, and half of what they do is anonymous, so some ids are never
 * seen with anything else: that bounds the recall that any rule can reach.
 */
export function* segmentTraffic(events: number): Generator<LabelledEvent> {
  const dice = new Dice(SEED);
  const users = Array.from({ length: USERS }, (_, number): User => {
    return { number, anonymous: [dice.uuid(), dice.uuid(), dice.uuid()] };
  });
  for (let index = 0; index < events; index += 1) {
    const user = users[Math.floor(dice.roll() * dice.roll() * USERS)];
    if (!user) throw new Error('A roll of the dice was 1 or more; this is a defect.');
    const anon = dice.pick([...user.anonymous]);
    const [known, roll] = [dice.chance(0.45), dice.roll()];
    const type = TYPES.find(([share]) => roll < share)?.[1] ?? 'alias';
    const at = START + index * 37 + dice.below(5000);
    const sentAt = new Date(at + 120 + dice.below(900)).toISOString();
    const timestamp = new Date(at).toISOString();
    const path = dice.pick(PATHS);
    const channel = dice.pick(['web', 'mobile', 'server']);
    const messageId = dice.uuid();
    const times = { originalTimestamp: timestamp, timestamp, sentAt };
    const context = contextOf(dice, path);
    const who = known || NAMING.has(type) ? { userId: `user_${user.number}` } : {};
    const head = { type, channel, anonymousId: anon, messageId, ...times, context, integrations: { All: true } };
    yield { body: { ...head, ...who, ...contentOf(dice, type, { user, anon, context, index }) }, person: user.number };
  }
}
