import { describe, expect, it } from 'vitest';
import { KIOSK_DEVICE } from '../../../local/seed/shared-devices.ts';
import { STORY_TABLET } from '../../../local/seed/story.ts';
import { by, DAY, events, HOUR, named, type Sent, START } from './seed-month.ts';

describe('the household', () => {
  const local = (day: number) => START + day * DAY;
  const of = (member: string) => events.filter(({ userId }) => userId === member);

  it('is known to the CRM as 张三 with 13800138000, and as somebody else', () => {
    const row = (member: string) => of(member).find(({ source_id }) => source_id === 'crm');
    expect(row('m1')?.traits).toMatchObject({ name: '张三', phone: '13800138000' });
    expect(row('m2')?.traits?.phone).not.toBe('13800138000');
  });

  it('tells the same human being by cookie, openid and phone, member id, and phone at the till', () => {
    const signIn = of('m1').find(({ event, anonymousId }) => event === 'Signed In' && anonymousId !== STORY_TABLET);
    const cookie = signIn?.anonymousId;
    const before = events.filter((event) => event.anonymousId === cookie && event.own < (signIn?.own ?? 0));
    expect(before.filter(({ event }) => event === 'Product Viewed').length).toBeGreaterThanOrEqual(2);
    expect(before.every(({ userId }) => userId === undefined)).toBe(true);
    const mini = events.find(
      ({ source_id, traits }) => source_id === 'miniprogram' && traits?.phone === '+86 138-0013-8000',
    );
    expect(mini?.context.externalIds?.map(({ type }) => type)).toEqual(['openid']);
    expect(mini?.userId).toBeUndefined();
    const till = events.filter(
      ({ source_id, context }) => source_id === 'pos' && context.traits?.phone === '13800138000',
    );
    expect(till.map(({ event }) => event)).toEqual(['Member Code Scanned', 'Coupon Redeemed', 'Order Completed']);
  });

  it('views one product on three days in a row under three kinds of identifier, and does not order it before day four at ten', () => {
    const openid = events.find(({ traits }) => traits?.phone === '+86 138-0013-8000')?.context.externalIds?.[0]?.id;
    const cookie = of('m1').find(({ event }) => event === 'Signed In')?.anonymousId;
    const views = named('Product Viewed').filter(
      ({ properties, anonymousId, context }) =>
        properties?.product_id === 'P1001' &&
        (anonymousId === cookie || context.externalIds?.some(({ id }) => id === openid)),
    );
    const days = new Set(views.map(({ own }) => Math.floor((own - START) / DAY)));
    expect([...days].toSorted()).toEqual([1, 2, 3]);
    const order = named('Order Completed').find(({ context }) => context.traits?.phone === '13800138000');
    expect(order?.own).toBeGreaterThan(local(4) + 10 * HOUR);
  });

  it('shares a tablet between two members', () => {
    const tablet = events.filter(({ anonymousId }) => anonymousId === STORY_TABLET);
    expect(new Set(tablet.map(({ userId }) => userId))).toEqual(new Set(['m1', 'm2']));
  });
});

describe('shared devices', () => {
  const membersPer = (list: readonly Sent[], key: (event: Sent) => string | undefined) =>
    [...by(list, key)].map(([, of]) => new Set(of.flatMap(({ userId }) => userId ?? [])).size);

  it('has families on one tablet', () => {
    const shared = membersPer(
      events.filter(({ source_id }) => source_id === 'web'),
      ({ anonymousId }) => anonymousId,
    );
    expect(shared.filter((members) => members === 2).length).toBeGreaterThanOrEqual(5);
    expect(Math.max(...shared)).toBe(2);
  });

  it('has a kiosk with dozens of members', () => {
    const sessions = events.filter(({ context }) => context.device?.id === KIOSK_DEVICE);
    expect(membersPer(sessions, ({ context }) => context.device?.id)[0]).toBeGreaterThanOrEqual(24);
    expect(sessions.some(({ userId }) => userId === undefined)).toBe(true);
  });
});

describe('campaign fodder', () => {
  const dateIn = (zone: string, at: number) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
  const dayNumber = (date: string) => Date.parse(`${date}T00:00:00Z`) / DAY;
  const lines = ({ properties }: Sent) => properties?.products as { product_id: string }[]; // checked against the plan above

  /** Who (one client's id only) viewed which product on three consecutive local days, and when the third view was. */
  const streaks = () => {
    const views = by(
      named('Product Viewed'),
      ({ anonymousId, properties }) => `${anonymousId} ${properties?.product_id}`,
    );
    return [...views.values()].flatMap((list) => {
      const days = new Map(list.map((view) => [dayNumber(dateIn(view.context.timezone ?? '', view.own)), view]));
      const third = [...days.keys()].find((day) => days.has(day - 1) && days.has(day - 2));
      const view = third === undefined ? undefined : days.get(third);
      return view === undefined ? [] : [view];
    });
  };

  it('has shoppers who view one product on three local days in a row; some buy it soon, some do not', () => {
    const found = streaks();
    expect(found.length).toBeGreaterThanOrEqual(20);
    const bought = found.filter((view) =>
      named('Order Completed').some(
        (order) =>
          order.anonymousId === view.anonymousId &&
          order.own > view.own &&
          order.own < view.own + DAY &&
          lines(order).some(({ product_id }) => product_id === view.properties?.product_id),
      ),
    );
    expect(bought.length).toBeGreaterThanOrEqual(2);
    expect(bought.length).toBeLessThan(found.length / 2);
  });

  it('has people who live elsewhere', () => {
    const zones = new Set(events.map(({ context }) => context.timezone));
    expect(zones).toEqual(new Set([undefined, 'Asia/Shanghai', 'America/New_York', 'Europe/London']));
  });

  it('has carts that are left, and carts that are ordered within half an hour', () => {
    const orders = by(named('Order Completed'), ({ anonymousId }) => anonymousId);
    const minutes = named('Product Added').map((added) => {
      const next = (orders.get(added.anonymousId) ?? []).find((order) => order.own > added.own);
      return next === undefined ? Number.POSITIVE_INFINITY : (next.own - added.own) / 60_000;
    });
    expect(minutes.filter((wait) => wait <= 30).length).toBeGreaterThan(100);
    expect(minutes.filter((wait) => wait > 30).length).toBeGreaterThan(100);
  });

  it('has store visits without a scan by people who had browsed in the app', () => {
    const views = named('Product Viewed').filter(({ source_id }) => source_id === 'app');
    const browsed = named('Store Entered').filter((visit) =>
      views.some(
        (view) => view.anonymousId === visit.anonymousId && view.own < visit.own && view.own > visit.own - 7 * DAY,
      ),
    );
    const scans = named('Member Code Scanned');
    const alone = browsed.filter((visit) => {
      const store = visit.properties?.store_id;
      return !scans.some(
        (scan) => scan.properties?.store_id === store && scan.own > visit.own && scan.own < visit.own + HOUR / 2,
      );
    });
    expect(alone.length).toBeGreaterThanOrEqual(10);
    expect(alone.length).toBeLessThan(browsed.length);
  });

  it('has consent, refusal, silence, and withdrawal', () => {
    const answers = by(
      events.filter(({ type, userId }) => type === 'identify' && userId),
      ({ userId }) => userId,
    );
    const given = [...answers.values()].map((list) =>
      list.flatMap(({ context }) => context.consent?.categoryPreferences.marketing ?? []),
    );
    expect(given.filter((list) => list.includes(true) && !list.includes(false)).length).toBeGreaterThan(100);
    expect(given.filter((list) => list.includes(false) && !list.includes(true)).length).toBeGreaterThan(10);
    expect(given.filter((list) => list.includes(true) && list.includes(false)).length).toBeGreaterThan(0);
    expect(given.filter((list) => list.length === 0).length).toBeGreaterThan(10);
  });
});
