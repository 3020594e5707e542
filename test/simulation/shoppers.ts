import type { Scene } from './scene.ts';
import { DAY, HOUR, MINUTE, START } from './world.ts';

/** Days on which people do something. */
export const ACTIVE_DAYS = 4;

type Habit = (scene: Scene) => Promise<void>;

const PRODUCTS = ['P1', 'P2', 'P3'] as const;

/** Views one product on three days running, and is owed a coupon on the fourth. */
const streak: Habit = async (scene) => {
  const { dice, name } = scene;
  const userId = `m-${name}`;
  const product_id = `P-${name}`;
  for (let day = 0; day < 3; day += 1) {
    await scene.day(day);
    const times = 1 + dice.below(2);
    for (let n = 0; n < times; n += 1) {
      scene.send(
        'app',
        scene.track('Product Viewed', { userId, anonymousId: `a-${name}`, properties: { product_id } }),
      );
      await scene.later(7);
    }
  }
  const campaign = 'viewed-three-days-coupon';
  const due = START + 3 * DAY + 2 * HOUR;
  scene.owed.push({ shopper: name, campaign, userId, subject: product_id, due, until: START + 3 * DAY + 14 * HOUR });
};

/**
 * Uses two screens at once, signed in on one of them: no identifier alone sees the product on three days, all of them together do.
 */
const screens: Habit = async (scene) => {
  const { dice, name } = scene;
  const userId = `m-${name}`;
  const anonymousId = `a-${name}`;
  const product_id = `P-${name}`;
  const look = (): void => {
    for (const who of dice.shuffled([{ userId }, { anonymousId }])) {
      scene.send('userId' in who ? 'app' : 'web', scene.event('page', { ...who, name: 'Shop' }));
    }
  };
  const view = (who: Record<string, string>): void =>
    scene.send('web', scene.track('Product Viewed', { ...who, properties: { product_id } }));
  await scene.day(0);
  scene.send('app', scene.event('identify', { userId, anonymousId }));
  await scene.later();
  view(dice.chance(0.5) ? { anonymousId } : { userId });
  look();
  await scene.day(1);
  view({ anonymousId });
  look();
  await scene.day(2);
  look();
  view({ userId });
  look();
  const campaign = 'viewed-three-days-coupon';
  const due = START + 3 * DAY + 2 * HOUR;
  scene.owed.push({ shopper: name, campaign, userId, subject: product_id, due, until: START + 3 * DAY + 14 * HOUR });
};

/** Puts something into the cart and leaves. */
const cart: Habit = async (scene) => {
  const userId = `m-${scene.name}`;
  await scene.day(scene.dice.below(3));
  scene.send('web', scene.event('page', { userId, name: 'Home' }));
  await scene.later();
  const added = scene.track('Product Added', { userId, properties: { product_id: 'P1', price: 10, quantity: 1 } });
  scene.send('web', added);
  const due = Date.parse(String(added.body.timestamp)) + 30 * MINUTE;
  scene.owed.push({
    shopper: scene.name,
    campaign: 'cart-left-30-minutes',
    userId,
    subject: '',
    due,
    until: due + DAY,
  });
};

/** Looks around unknown, signs in with a phone number, and goes on elsewhere: one person in the end. */
const guest: Habit = async (scene) => {
  const { dice, name } = scene;
  const anonymousId = `a-${name}`;
  const userId = `m-${name}`;
  const phone = `138${String(10_000_000 + dice.below(80_000_000))}`;
  await scene.day(dice.below(2));
  const walk = async (source: 'web' | 'app', ids: Record<string, string>): Promise<void> => {
    for (let n = 1 + dice.below(4); n > 0; n -= 1) {
      const product_id = dice.pick(PRODUCTS);
      scene.send(
        source,
        scene.event('page', { ...ids, name: 'Shop' }),
        scene.track('Product Viewed', { ...ids, properties: { product_id } }),
      );
      await scene.later(180);
    }
  };
  await walk('web', { anonymousId });
  scene.send(
    'web',
    scene.event('identify', { anonymousId, userId, traits: { phone, level: dice.pick(['silver', 'gold']) } }),
  );
  await scene.later();
  await walk('app', { userId, anonymousId: `b-${name}` });
  if (dice.chance(0.5))
    scene.send('crm', scene.event('identify', { userId, traits: { phone, points: dice.below(1000) } }));
};

/** A member signs in on several devices at the same moment, each of which has been about unknown. */
const reunion: Habit = async (scene) => {
  const { dice, name } = scene;
  const userId = `m-${name}`;
  const devices = Array.from({ length: 2 + dice.below(4) }, (_, n) => `d-${name}-${n}`);
  await scene.day(dice.below(2));
  for (const anonymousId of devices) {
    const view = scene.track('Product Viewed', { anonymousId, properties: { product_id: dice.pick(PRODUCTS) } });
    const added = scene.track('Product Added', {
      anonymousId,
      properties: { product_id: 'P1', price: 10, quantity: 1 },
    });
    scene.send('web', view, ...(dice.chance(0.4) ? [added] : []));
    if (dice.chance(0.5)) await scene.later(20);
  }
  await scene.later(40);
  for (const anonymousId of dice.shuffled(devices)) {
    scene.send('app', scene.event('identify', { anonymousId, userId }));
    if (dice.chance(0.3)) await scene.later();
  }
};

/** Two members use one tablet, so that it is nobody's. */
const family: Habit = async (scene) => {
  const { dice, name } = scene;
  const anonymousId = `t-${name}`;
  await scene.day(dice.below(2));
  for (let n = 3 + dice.below(5); n > 0; n -= 1) {
    const userId = `m-${name}-${dice.below(2)}`;
    const ids = dice.chance(0.3) ? { anonymousId } : { anonymousId, userId };
    const view = scene.track('Product Viewed', { ...ids, properties: { product_id: dice.pick(PRODUCTS) } });
    scene.send('app', dice.chance(0.3) && 'userId' in ids ? scene.event('identify', ids) : view);
    await scene.later(120);
  }
};

const CONTROLS = ['bind', 'merge', 'unmerge', 'unbind', 'split'] as const;

/** Customer service declares who is who, and takes it back. */
const desk: Habit = async (scene) => {
  const { dice, name } = scene;
  const ids = [`user_id:m-${name}-1`, `user_id:m-${name}-2`, `anonymous_id:a-${name}`];
  await scene.day(dice.below(2));
  for (const [n, id] of ids.entries()) {
    const [type = '', value = ''] = id.split(':');
    const who = type === 'user_id' ? { userId: value } : { anonymousId: value };
    scene.send('app', scene.event('page', { ...who, name: `Page ${n}` }));
    await scene.later();
  }
  for (let n = 1 + dice.below(4); n > 0; n -= 1) {
    const identifiers = dice.shuffled(ids).slice(0, 2);
    scene.send('crm', scene.event(dice.pick(CONTROLS), { identifiers, reason: 'asked to', actor: 'anna' }));
    await scene.later(300);
  }
};

/** Sends what is wrong in every way. */
const careless: Habit = async (scene) => {
  const { dice, name } = scene;
  const userId = `m-${name}`;
  await scene.day(dice.below(3));
  const made = [
    scene.track('Product Viewed', { userId, properties: { price: 5 } }, 'quarantine'),
    scene.track('Product Viewed', { properties: { product_id: 'P1' } }, 'quarantine'),
    scene.event('page', { userId, timestamp: 'yesterday' }, 'quarantine'),
    scene.event('track', { userId }, 'refused'),
    scene.event('nonsense', { userId }, 'refused'),
    scene.event('page', { userId, name: 'Fine' }),
    scene.event('page', { userId, name: 'Same id', messageId: `twice-${name}` }, 'either'),
    scene.event('page', { userId, name: 'Other body', messageId: `twice-${name}` }, 'either'),
    scene.event('page', { userId, name: 'No id', messageId: undefined }),
  ];
  const shuffled = dice.shuffled(made);
  scene.send('web', ...shuffled.slice(0, 4));
  await scene.later();
  scene.send('web', ...shuffled.slice(4));
};

/** Sends more at once than a message of the queue can carry. */
const bulky: Habit = async (scene) => {
  const { dice, name } = scene;
  await scene.day(dice.below(3));
  const note = (): string => Array.from({ length: 1_100 }, () => dice.roll().toString(36).slice(2, 12)).join('');
  const pages = Array.from({ length: 30 }, () =>
    scene.event('page', { userId: `m-${name}`, properties: { note: note() } }),
  );
  scene.send('web', ...pages);
  await scene.later();
  scene.send('web', scene.event('page', { userId: `m-${name}`, name: 'Small' }));
};

/** Was offline: sends days later, by a clock that is wrong. */
const offline: Habit = async (scene) => {
  const { dice, name } = scene;
  const userId = `m-${name}`;
  scene.skew = dice.pick([0, -3 * HOUR, 26 * HOUR, 20 * MINUTE]);
  await scene.day(0);
  const kept = [scene.track('Product Viewed', { userId, properties: { product_id: 'P2' } })];
  for (let n = 1 + dice.below(4); n > 0; n -= 1) {
    await scene.until(scene.now() - START + MINUTE + dice.below(9 * 60) * MINUTE);
    kept.push(scene.event('screen', { userId, anonymousId: `a-${name}`, name: `Screen ${n}` }));
  }
  await scene.until(scene.now() - START + dice.below(30) * HOUR);
  scene.send('app', ...kept);
};

export const HABITS = {
  streak,
  screens,
  cart,
  guest,
  reunion,
  family,
  desk,
  careless,
  bulky,
  offline,
} as const satisfies Record<string, Habit>;

/** Who there is: one of each of the owed, and some of the others. Names say the habit, so that a few can be picked out. */
export function castOf(dice: { below(n: number): number }): (readonly [name: string, habit: Habit])[] {
  const counts = {
    streak: 1,
    screens: 2,
    cart: 1,
    guest: 1 + dice.below(3),
    family: dice.below(2),
    reunion: 1,
    desk: 1,
    careless: 1,
    bulky: dice.below(4) === 0 ? 1 : 0,
    offline: 1,
  };
  return Object.entries(counts).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, n) => [`${kind}${n + 1}`, HABITS[kind as keyof typeof HABITS]] as const),
  );
}
