import { HOME_ZONE, HOUR } from './calendar.ts';
import { type Random, randomOf } from './random.ts';

/** A phone with the shopping app on it. */
export interface Phone {
  readonly device_id: string;
  /** The SDK's own anonymous id. */
  readonly sdk_id: string;
  readonly system: 'iOS' | 'Android';
  /** How far its clock is off, milliseconds; positive is fast. */
  readonly skew_ms: number;
  /** Loses the network now and then, and sends days later. */
  readonly goes_offline: boolean;
}

export interface WeChat {
  readonly openid: string;
  readonly unionid: string;
  /** The mini program's SDK id. */
  readonly sdk_id: string;
  /** Whether the mini program knows the unionid, and so sends it. */
  readonly sends_unionid: boolean;
}

/** One human being and the things she touches the shop with. */
export interface Shopper {
  readonly key: string;
  /** Member id; used from `joins_on` on. */
  readonly member?: string;
  /** Day of the sign-up, or -1 for a member since before the month. */
  readonly joins_on: number;
  /** First day on which she signs in where she browses. */
  readonly signs_in_on: number;
  readonly name: string;
  readonly phone: string;
  readonly email: string;
  readonly birthday: string;
  readonly level: string;
  readonly zone: string;
  /** Consent to marketing; undefined when nobody has asked. */
  readonly consent?: boolean;
  readonly web: boolean;
  readonly app?: Phone;
  readonly wechat?: WeChat;
  readonly visits_stores: boolean;
  /** Visits per channel and day. */
  readonly activity: number;
}

const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const GIVEN = [
  '伟',
  '芳',
  '娜',
  '敏',
  '静',
  '丽',
  '强',
  '磊',
  '洋',
  '艳',
  '勇',
  '杰',
  '娟',
  '涛',
  '明',
  '秀兰',
  '桂英',
  '建国',
];
const PREFIXES = ['136', '137', '139', '150', '158', '159', '182', '186', '187', '188'];
const BASE62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const phoneOf = (random: Random): Phone => {
  const system = random.chance(0.5) ? 'iOS' : 'Android';
  const device_id = system === 'iOS' ? random.uuid().toUpperCase() : random.text(16, '0123456789abcdef');
  const skew_ms = random.chance(0.08) ? random.pick([-9, -5, -2, 2, 3, 8]) * HOUR : 0;
  return { device_id, sdk_id: random.uuid(), system, skew_ms, goes_offline: random.chance(0.12) };
};

const weChatOf = (random: Random): WeChat => ({
  openid: `oABC${random.text(24, BASE62)}`,
  unionid: `o6_${random.text(25, BASE62)}`,
  sdk_id: random.uuid(),
  sends_unionid: random.chance(0.5),
});

const zoneOf = (random: Random): string => {
  const draw = random.next();
  if (draw < 0.03) return 'America/New_York';
  return draw < 0.06 ? 'Europe/London' : HOME_ZONE;
};

const consentOf = (random: Random): { consent?: boolean } => {
  const draw = random.next();
  if (draw < 0.7) return { consent: true };
  return draw < 0.82 ? { consent: false } : {};
};

const birthdayOf = (random: Random): string =>
  `${random.int(1960, 2006)}-${String(random.int(1, 12)).padStart(2, '0')}-${String(random.int(1, 28)).padStart(2, '0')}`;

const shopperOf = (index: number, random: Random): Shopper => {
  const web = random.chance(0.85);
  const wechat = random.chance(0.5) ? weChatOf(random) : undefined;
  // Everyone has at least one way to browse.
  const app = random.chance(0.45) || (!web && wechat === undefined) ? phoneOf(random) : undefined;
  return {
    key: `shopper-${index}`,
    member: random.chance(0.72) ? `m${index + 1}` : undefined,
    joins_on: random.chance(0.8) ? -1 : random.int(1, 24),
    signs_in_on: random.int(0, 14),
    name: random.pick(SURNAMES) + random.pick(GIVEN),
    // The factor and the modulus share no divisor, so no two shoppers get the same last eight digits.
    phone: random.pick(PREFIXES) + String(10_000_000 + ((index * 7_919_317) % 89_999_999)),
    email: `shopper${index + 1}@example.com`,
    birthday: birthdayOf(random),
    level: random.pick(['silver', 'silver', 'gold', 'diamond']),
    zone: zoneOf(random),
    ...consentOf(random),
    web,
    app,
    wechat,
    visits_stores: random.chance(0.5),
    activity: 0.04 + random.next() * 0.17,
  };
};

/** 张三 and 李四 of the story share a household; the month's hand-written part is theirs. */
const household = (index: 0 | 1, random: Random): Shopper => {
  const told = [
    { name: '张三', phone: '13800138000', email: 'zhangsan@example.com' },
    { name: '李四', phone: '13912345678', email: 'lisi@example.com' },
  ] as const;
  const shopper = shopperOf(index, random);
  const wechat = index === 0 ? { ...weChatOf(random), sends_unionid: false } : undefined;
  const steady = { joins_on: -1, signs_in_on: 3, zone: HOME_ZONE, consent: true, web: true, visits_stores: true };
  // No random visits: what these two do is written down in story.ts.
  return { ...shopper, ...told[index], ...steady, member: `m${index + 1}`, wechat, app: undefined, activity: 0 };
};

/** Everyone who appears in the month. The first two are the household of the story. */
export const cast = (people: number, seed: number): Shopper[] =>
  Array.from({ length: people }, (_, index) => {
    const random = randomOf(seed, `shopper ${index}`);
    return index === 0 || index === 1 ? household(index, random) : shopperOf(index, random);
  });

const FULL_WIDTH_ZERO = '０'.charCodeAt(0);
const fullWidth = (digits: string): string =>
  digits.replace(/\d/g, (digit) => String.fromCharCode(FULL_WIDTH_ZERO + Number(digit)));

/** The ways in which tills, forms and imports write one and the same Chinese mobile number. */
export const SPELLINGS: readonly ((phone: string) => string)[] = [
  (phone) => phone,
  (phone) => `+86 ${phone.slice(0, 3)}-${phone.slice(3, 7)}-${phone.slice(7)}`,
  (phone) => `0086${phone}`,
  (phone) => `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}`,
  (phone) => `+86${phone}`,
  fullWidth,
];
