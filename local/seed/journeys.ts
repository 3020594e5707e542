import { browse, type CartFate, type Visit } from './browse.ts';
import { type Calendar, DAY } from './calendar.ts';
import { PRODUCTS, type Product, STORES } from './catalogue.ts';
import { type Life, surfacesOf } from './life.ts';
import { type Random, randomOf } from './random.ts';
import { shop } from './store-visit.ts';

/** Something a shopper does at a time; played in the order of time, because what she is depends on what she did. */
export interface Step {
  readonly at: number;
  readonly play: (life: Life) => void;
}

const BROWSING_HOURS = [8, 12, 12, 13, 18, 19, 20, 20, 21, 21, 22];

/** Two visits of three leave the cart alone. */
const cartFate = (random: Random): CartFate =>
  random.chance(0.67) ? 'none' : random.pick(['left', 'left', 'ordered', 'ordered_late']);

type Where = Pick<Visit, 'surface' | 'product'> & { day: number; minutes: number; cart?: CartFate; held_days?: number };

/** A visit on a local day of the shopper; from her day on, she signs in or up where she is. */
const visitStep = (life: Life, calendar: Calendar, where: Where): Step => {
  const { shopper } = life;
  const { day, surface, product, cart = 'none' } = where;
  const at = calendar.local(day, where.minutes, shopper.zone);
  const joining = shopper.member !== undefined && shopper.joins_on >= 0 && day >= shopper.joins_on;
  const held = where.held_days === undefined ? {} : { held_until: at + where.held_days * DAY };
  const play = (self: Life) => {
    const signing = day >= shopper.signs_in_on ? 'in' : 'none';
    const sign = joining && self.member_since === undefined ? 'up' : signing;
    browse(self, { at, surface, product, cart, sign, ...held });
  };
  return { at, play };
};

/** Everyday visits: some days on some surfaces, some days in a store. */
const everyday = (life: Life, calendar: Calendar, seed: number): Step[] => {
  const { shopper } = life;
  const random = randomOf(seed, `days of ${shopper.key}`);
  const steps: Step[] = [];
  for (let day = 0; day < calendar.days; day += 1) {
    for (const surface of surfacesOf(shopper)) {
      if (!random.chance(shopper.activity)) continue;
      const minutes = random.pick(BROWSING_HOURS) * 60 + random.next() * 59;
      const offline = surface === 'app' && shopper.app?.goes_offline === true && random.chance(0.3);
      const held = offline ? { held_days: random.int(200, 400) / 100 } : {};
      const cart = offline ? 'none' : cartFate(random);
      steps.push(visitStep(life, calendar, { surface, day, minutes, product: random.pick(PRODUCTS), cart, ...held }));
    }
    if (shopper.visits_stores && random.chance(shopper.activity / 2)) {
      const at = calendar.local(day, random.int(10, 20) * 60 + random.next() * 59);
      const scans = random.chance(0.55);
      const coupon = scans && random.chance(0.2) ? { coupon: 'WELCOME10' } : {};
      const visit = { at, store_id: random.pick(STORES), scans, buys: random.chance(0.6), ...coupon };
      steps.push({ at, play: (self) => shop(self, visit) });
    }
  }
  return steps;
};

/** How a shopper who looks at one product day after day goes on: campaign fodder for the day-four coupon. */
type Habit =
  | 'never_buys'
  | 'buys_on_day_three'
  | 'buys_before_ten'
  | 'buys_after_the_coupon'
  | 'skips_a_day'
  | 'offline';
const HABITS: readonly Habit[] = [
  ...(['never_buys', 'never_buys', 'never_buys', 'never_buys', 'buys_on_day_three', 'buys_before_ten'] as const),
  ...(['buys_after_the_coupon', 'skips_a_day'] as const),
];

const habitSteps = (life: Life, calendar: Calendar, plan: { habit: Habit; from: number; product: Product }): Step[] => {
  const { habit, from, product } = plan;
  const { shopper } = life;
  const random = randomOf(from, `habit of ${shopper.key}`);
  const surfaces = surfacesOf(shopper);
  const days = habit === 'skips_a_day' ? [0, 1, 3] : [0, 1, 2];
  const on = (day: number, minutes: number, more: { cart?: CartFate; held_days?: number } = {}): Step => {
    // Only a member can be recognised on another surface; others keep to one.
    const surface = shopper.member === undefined ? surfaces[0] : surfaces[day % surfaces.length];
    if (surface === undefined) throw new Error(`${shopper.key} has nowhere to browse`);
    const where = more.held_days === undefined ? surface : 'app';
    return visitStep(life, calendar, { surface: where, day: from + day, minutes, product, ...more });
  };
  const steps = days.map((day) => {
    const minutes = 19 * 60 + random.next() * 240;
    if (habit === 'buys_on_day_three' && day === 2) return on(day, minutes, { cart: 'ordered' });
    return on(day, minutes, habit === 'offline' && day === 1 ? { held_days: 2.1 } : {});
  });
  if (habit === 'buys_before_ten') steps.push(on(3, 8 * 60 + 10, { cart: 'ordered' }));
  if (habit === 'buys_after_the_coupon') steps.push(on(3, 15 * 60, { cart: 'ordered' }));
  return steps;
};

/** A quarter of the shoppers get a habit: one product, three days in a row, or nearly. */
const habitual = (life: Life, calendar: Calendar, seed: number): Step[] => {
  const random = randomOf(seed, `habits of ${life.shopper.key}`);
  if (!random.chance(0.25) || calendar.days < 3) return [];
  const offline = life.shopper.app?.goes_offline === true;
  const habit = offline ? 'offline' : random.pick(HABITS);
  return habitSteps(life, calendar, { habit, from: random.int(0, calendar.days - 3), product: random.pick(PRODUCTS) });
};

/** All that one ordinary shopper does in the month. */
export const journeyOf = (life: Life, calendar: Calendar, seed: number): Step[] => [
  ...everyday(life, calendar, seed),
  ...habitual(life, calendar, seed),
];

/** Plays steps in the order of time. */
export const play = (life: Life, steps: readonly Step[]): void => {
  for (const step of steps.toSorted((a, b) => a.at - b.at)) step.play(life);
};
