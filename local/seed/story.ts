import { browse, view } from './browse.ts';
import { type Calendar, MINUTE } from './calendar.ts';
import { STORY_PRODUCT } from './catalogue.ts';
import type { Step } from './journeys.ts';
import { type Life, report, signIn, tell, whoOn } from './life.ts';
import { weChatIds } from './sdk.ts';
import { shop } from './store-visit.ts';

/** The web SDK's anonymous id on the household's tablet. It belongs to nobody. */
export const STORY_TABLET = 'tablet-0c6f2a51-3b7e-4d29-9a10-5be1f0d7c842';

/** The same human being at the family's tablet: its anonymous id, and its sign-ins, are not those of her own browser. */
export const atTablet = (life: Life, tablet: string): Life => ({ ...life, cookie: tablet, signed_in: new Set() });

/** Signs in on the tablet, where nobody ever signs out, and looks around. */
export const tabletVisit = (life: Life, visit: { tablet: string; at: number; product: typeof STORY_PRODUCT }): void => {
  const self = atTablet(life, visit.tablet);
  signIn(self, 'web', visit.at);
  view(self, { surface: 'web' }, { product: visit.product, at: visit.at + MINUTE });
};

/** The mini program hands on the phone number that WeChat gave it: openid + phone, on the public key, no member id. */
const phoneFromMiniProgram = (life: Life, at: number): void => {
  const { anonymous_id, sender, context } = whoOn(life, 'miniprogram');
  const external_ids = weChatIds(life.shopper, { unionid: false });
  const who = { sender, anonymous_id, external_ids, context };
  const phone = `+86 ${life.shopper.phone.slice(0, 3)}-${life.shopper.phone.slice(3, 7)}-${life.shopper.phone.slice(7)}`;
  report(life, 'miniprogram', { who, call: { at, type: 'identify', data: { phone } } });
};

/**
 * 张三, member m1. The CRM knows his phone; a browser looks at the running shoes on two evenings without saying who it
 * is; the mini program sends openid and phone, and shows the shoes on the third day; the browser signs in as m1. So
 * the three days belong to one person, and day four at ten brings the coupon, which he redeems in the store.
 */
export const zhangSan = (calendar: Calendar): Step[] => {
  const product = STORY_PRODUCT;
  const at = (day: number, hour: number, minute: number) => calendar.local(day, hour * 60 + minute);
  const visit = { product, cart: 'none', sign: 'none' } as const;
  const evening = (day: number): Step => ({
    at: at(day, 20, 5),
    play: (life) => browse(life, { ...visit, surface: 'web', at: at(day, 20, 5) }),
  });
  const miniProgram: Step = {
    at: at(3, 12, 40),
    play: (life) => {
      tell(life, 'miniprogram', { at: at(3, 12, 40), type: 'screen', name: 'Home' });
      phoneFromMiniProgram(life, at(3, 12, 41));
      view(life, { surface: 'miniprogram' }, { product, at: at(3, 12, 42) });
    },
  };
  const signsIn: Step = {
    at: at(3, 21, 0),
    play: (life) => browse(life, { ...visit, surface: 'web', at: at(3, 21, 0), sign: 'in' }),
  };
  const bought = { store_id: 'S01', scans: true, buys: true, coupon: 'DAY4-P1001', typed: '13800138000', product };
  const store: Step = { at: at(4, 19, 0), play: (life) => shop(life, { at: at(4, 19, 0), ...bought }) };
  const tablet: Step = {
    at: at(6, 20, 30),
    play: (life) => tabletVisit(life, { tablet: STORY_TABLET, at: at(6, 20, 30), product }),
  };
  const ticket: Step = {
    at: at(9, 10, 15),
    play: (life) => {
      const who = { sender: 'service', traits: { phone: '0086 13800138000' } };
      const data = { ticket_id: 'T-ZHANG', topic: 'return', ticket_channel: 'phone', description: '想换大一码' };
      report(life, 'service', { who, call: { at: at(9, 10, 15), type: 'track', name: 'Ticket Opened', data } });
      const closed = { ticket_id: 'T-ZHANG', satisfaction: 5 };
      report(life, 'service', { who, call: { at: at(9, 16, 0), type: 'track', name: 'Ticket Closed', data: closed } });
    },
  };
  return [evening(1), evening(2), miniProgram, signsIn, store, tablet, ticket];
};

/** 李四, member m2, of the same household: the same tablet the evening after, a browser and a phone of her own. */
export const liSi = (calendar: Calendar): Step[] => {
  const at = (day: number, hour: number) => calendar.local(day, hour * 60);
  const product = STORY_PRODUCT;
  return [
    {
      at: at(5, 12),
      play: (life) => browse(life, { surface: 'web', at: at(5, 12), product, cart: 'left', sign: 'in' }),
    },
    { at: at(7, 20), play: (life) => tabletVisit(life, { tablet: STORY_TABLET, at: at(7, 20), product }) },
    {
      at: at(8, 15),
      play: (life) => shop(life, { at: at(8, 15), store_id: 'S02', scans: true, buys: true }),
    },
  ];
};
