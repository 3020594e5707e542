import { type Calendar, MINUTE, SECOND } from './calendar.ts';
import { PRODUCTS, productProperties } from './catalogue.ts';
import type { Life } from './life.ts';
import { type Random, randomOf } from './random.ts';
import { type Emission, emit, type Who } from './sdk.ts';
import { tabletVisit } from './story.ts';

/** The device id of the kiosk in store S01; dozens of members sign in there. */
export const KIOSK_DEVICE = '7e5c0f1a-kiosk-s01';

const kioskWho = (member?: string): Who => ({
  sender: KIOSK_DEVICE,
  anonymous_id: 'b1f7c6de-6a35-4b0c-8d1d-0a4f6f1e2c9b',
  user_id: member,
  context: {
    app: { name: '一川导购屏', version: '1.9.0', build: '190', namespace: 'com.example.kiosk' },
    device: { id: KIOSK_DEVICE, manufacturer: 'Kiosk', model: 'K32', type: 'kiosk' },
    timezone: 'Asia/Shanghai',
  },
});

const kioskSession = (random: Random, session: { at: number; member: string }): Emission[] => {
  const { at, member } = session;
  const track = (who: Who, seconds: number, event: { name: string; data?: Record<string, unknown> }) =>
    emit('app', who, { at: at + seconds * SECOND, type: 'track', random, ...event });
  const look = () => ({ name: 'Product Viewed', data: productProperties(random.pick(PRODUCTS)) });
  return [
    track(kioskWho(member), 0, { name: 'Signed In', data: { method: 'code' } }),
    track(kioskWho(member), 20, look()),
    track(kioskWho(member), 55, look()),
    track(kioskWho(member), 90, { name: 'Signed Out' }),
    // Someone without membership walks by.
    track(kioskWho(), 150, look()),
  ];
};

/** Members, apart from the household of the story. */
const membersAmong = (lives: readonly Life[]): Life[] =>
  lives.slice(2).filter(({ shopper }) => shopper.member !== undefined && shopper.joins_on < 0);

/** The kiosk's month: one device, up to forty members, a few each day. */
export const kiosk = (lives: readonly Life[], calendar: Calendar, seed: number): Emission[] => {
  const random = randomOf(seed, 'kiosk');
  const visitors = membersAmong(lives).slice(0, 40);
  return visitors.flatMap(({ shopper }, index) => {
    const day = Math.floor((index * calendar.days) / visitors.length);
    const at = calendar.local(day, 10 * 60 + (index % 20) * 30 + random.int(0, 20));
    return shopper.member === undefined ? [] : kioskSession(random, { at, member: shopper.member });
  });
};

/** Families: one tablet, two members who sign in by turns and never out. One family for every fifty shoppers. */
export const familyTablets = (lives: readonly Life[], calendar: Calendar, seed: number): void => {
  const random = randomOf(seed, 'tablets');
  const members = membersAmong(lives).filter(({ shopper }) => shopper.activity > 0);
  // Families are taken from the far end of the list, the kiosk's visitors from the near one.
  for (let family = 0; family < Math.floor(lives.length / 50); family += 1) {
    const pair = members.slice(members.length - 2 * family - 2, members.length - 2 * family);
    const tablet = `tablet-${random.uuid()}`;
    for (let evening = 0; evening < 4; evening += 1) {
      const life = pair[evening % 2];
      if (life === undefined) return;
      const at = calendar.local(random.int(0, calendar.days - 1), 20 * 60 + evening * 20) + random.int(0, MINUTE);
      tabletVisit(life, { tablet, at, product: random.pick(PRODUCTS) });
    }
  }
};
