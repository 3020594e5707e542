import { SECOND } from './calendar.ts';
import type { Shopper } from './people.ts';
import { type Random, randomOf } from './random.ts';
import { type Call, type Emission, emit, type SourceId, type Who, weChatIds } from './sdk.ts';

/** Where one can browse. */
export type Surface = 'web' | 'app' | 'miniprogram';

/** A shopper on her way through the month: what she is now, and what her clients have sent so far. */
export interface Life {
  readonly shopper: Shopper;
  readonly random: Random;
  readonly log: Emission[];
  readonly signed_in: Set<Surface>;
  /** The web SDK's anonymous id; a sign-out gives a new one. */
  cookie: string;
  /** When she became a member, epoch milliseconds; `-Infinity` for a member since before, undefined for no member yet. */
  member_since?: number;
}

/** The beginning of the month for one shopper. */
export const lifeOf = (shopper: Shopper, seed: number): Life => {
  const random = randomOf(seed, `life of ${shopper.key}`);
  const member_since =
    shopper.member !== undefined && shopper.joins_on < 0 ? { member_since: Number.NEGATIVE_INFINITY } : {};
  return { shopper, random, log: [], signed_in: new Set(), cookie: random.uuid(), ...member_since };
};

/** Surfaces that the shopper has, the web first. */
export const surfacesOf = ({ web, app, wechat }: Shopper): Surface[] => [
  ...(web ? (['web'] as const) : []),
  ...(app ? (['app'] as const) : []),
  ...(wechat ? (['miniprogram'] as const) : []),
];

const BROWSER = {
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0',
  locale: 'zh-CN',
};

const webWho = ({ shopper, cookie, signed_in }: Life): Who => ({
  sender: cookie,
  anonymous_id: cookie,
  user_id: signed_in.has('web') ? shopper.member : undefined,
  context: { ...BROWSER, timezone: shopper.zone },
});

const appWho = ({ shopper, signed_in }: Life): Who => {
  const { app } = shopper;
  if (app === undefined) throw new Error(`${shopper.key} has no app`);
  const ios = app.system === 'iOS';
  return {
    sender: app.device_id,
    anonymous_id: app.sdk_id,
    user_id: signed_in.has('app') ? shopper.member : undefined,
    skew_ms: app.skew_ms,
    context: {
      app: { name: '一川运动', version: '5.8.1', build: '581', namespace: 'com.example.shop' },
      device: { id: app.device_id, manufacturer: ios ? 'Apple' : 'HUAWEI', model: ios ? 'iPhone16,1' : 'ALN-AL10' },
      os: { name: app.system, version: ios ? '26.1' : '15' },
      locale: 'zh-CN',
      timezone: shopper.zone,
    },
  };
};

const miniProgramWho = ({ shopper, signed_in, random }: Life): Who => {
  const { wechat } = shopper;
  if (wechat === undefined) throw new Error(`${shopper.key} has no WeChat`);
  return {
    sender: wechat.sdk_id,
    anonymous_id: wechat.sdk_id,
    user_id: signed_in.has('miniprogram') ? shopper.member : undefined,
    // An older release leaves the scope out; the source's app id stands in for it.
    external_ids: weChatIds(shopper, { unionid: wechat.sends_unionid, scoped: !random.chance(0.05) }),
    context: { app: { name: '一川运动小程序', version: '2.14.0' }, timezone: shopper.zone },
  };
};

/** Who the client of that surface says it is, now. */
export const whoOn = (life: Life, surface: Surface): Who => {
  if (surface === 'web') return webWho(life);
  return surface === 'app' ? appWho(life) : miniProgramWho(life);
};

/** Has the client of a surface send one event. */
export const tell = (life: Life, surface: Surface, call: Call): void => {
  life.log.push(emit(surface, whoOn(life, surface), { ...call, random: life.random }));
};

/** Has another system (back end, till, service, CRM) send one event about the shopper. */
export const report = (life: Life, source_id: SourceId, message: { who: Who; call: Call }): void => {
  life.log.push(emit(source_id, message.who, { ...message.call, random: life.random }));
};

/** The shop's back end, speaking of whoever is on that surface; it knows everything that the request carried. */
export const serverWho = (life: Life, surface: Surface): Who => {
  const { user_id, anonymous_id } = whoOn(life, surface);
  const wechat = surface === 'miniprogram' ? { external_ids: weChatIds(life.shopper, { unionid: true }) } : {};
  return { sender: 'server', user_id, anonymous_id, ...wechat };
};

/** The back end vouches for the WeChat user: only it may ask WeChat for the unionid and the phone number. */
const vouch = (life: Life, at: number): void => {
  const who = serverWho(life, 'miniprogram');
  report(life, 'server', { who, call: { at, type: 'identify', data: { phone: life.shopper.phone } } });
};

/** Signs in on a surface: the sign-in, and then the SDK's identify call. On WeChat the back end hands on the phone number. */
export const signIn = (life: Life, surface: Surface, at: number): void => {
  const { shopper, random } = life;
  life.signed_in.add(surface);
  const method = surface === 'miniprogram' ? 'wechat' : random.pick(['password', 'sms']);
  tell(life, surface, { at, type: 'track', name: 'Signed In', data: { method }, path: '/login' });
  const traits = { level: shopper.level, ...(method === 'sms' ? { phone: shopper.phone } : { email: shopper.email }) };
  if (surface === 'miniprogram') vouch(life, at + SECOND);
  else tell(life, surface, { at: at + 40, type: 'identify', data: traits, path: '/login' });
};

/** Becomes a member on a surface, with an answer to the question about marketing, and is signed in from there on. */
export const signUp = (life: Life, surface: Surface, at: number): void => {
  const { shopper } = life;
  life.member_since = at;
  life.signed_in.add(surface);
  tell(life, surface, { at, type: 'track', name: 'Signed Up', data: { method: 'sms' }, path: '/register' });
  const { name, phone, email, consent } = shopper;
  tell(life, surface, { at: at + 60, type: 'identify', data: { name, phone, email }, consent, path: '/register' });
  if (surface === 'miniprogram') vouch(life, at + SECOND);
};

/** Signs out of the web shop: the SDK forgets the member and takes a new anonymous id. */
export const signOut = (life: Life, at: number): void => {
  tell(life, 'web', { at, type: 'track', name: 'Signed Out', path: '/account' });
  life.signed_in.delete('web');
  life.cookie = life.random.uuid();
};
