import { parsePhoneNumberFromString } from 'libphonenumber-js';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { BROKEN_LIBRARY } from '../../../local/seed/dirt.ts';
import { retailMonth, type SeedRequest } from '../../../local/seed/month.ts';
import { KIOSK_DEVICE } from '../../../local/seed/shared-devices.ts';
import { REFUSED_PHONE } from '../../../local/seed/store-visit.ts';
import { STORY_TABLET } from '../../../local/seed/story.ts';
import plan from '../../../schemas/plans/retail.json' with { type: 'json' };
import sources from '../../../schemas/sources/retail.json' with { type: 'json' };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Midnight in Shanghai; the month contains the end of summer time in London and in New York. */
const START = Date.UTC(2026, 9, 20, 16);

interface SentEvent {
  type: string;
  event?: string;
  userId?: string;
  anonymousId?: string;
  messageId: string;
  timestamp?: string;
  originalTimestamp?: string;
  properties?: Record<string, unknown>;
  traits?: Record<string, unknown>;
  context: {
    library: { name: string };
    timezone?: string;
    device?: { id: string };
    traits?: { phone?: string; email?: string };
    externalIds?: { id: string; type: string; collection: string; encoding: string; scope?: string }[];
    consent?: { categoryPreferences: { marketing: boolean } };
  };
}
interface Sent extends SentEvent {
  at: number;
  source_id: string;
  /** By the sender's clock, epoch milliseconds. */
  own: number;
  sent: number;
}

const requests = [...retailMonth({ start: START })];
const flatten = (list: readonly SeedRequest[]): Sent[] =>
  list.flatMap(({ at, source_id, body }) =>
    body.batch.map((event) => {
      const told = event as SentEvent; // the generator's own output; the tests below check what is in it
      const own = Date.parse(told.originalTimestamp ?? told.timestamp ?? '');
      return { ...told, at, source_id, own, sent: Date.parse(body.sentAt) };
    }),
  );
const everything = flatten(requests);
const broken = everything.filter(({ context }) => context.library.name === BROKEN_LIBRARY);
const events = everything.filter(({ context }) => context.library.name !== BROKEN_LIBRARY);
const named = (name: string): Sent[] => events.filter(({ event }) => event === name);
const by = <T, K>(list: readonly T[], key: (item: T) => K): Map<K, T[]> => Map.groupBy(list, key);
const phonesOf = (event: Sent): unknown[] =>
  [event.traits?.phone, event.context.traits?.phone].filter((phone) => phone !== undefined);

describe('the generator', () => {
  it('gives the same bytes for the same seed, and others for another', () => {
    const bytes = (seed?: number) => JSON.stringify([...retailMonth({ start: START, days: 6, people: 40, seed })]);
    expect(bytes()).toBe(bytes(1));
    expect(bytes(2)).not.toBe(bytes(1));
  });

  it('makes 15 to 25 thousand events, in order of arrival, within the month', () => {
    expect(everything.length).toBeGreaterThan(15_000);
    expect(everything.length).toBeLessThan(25_000);
    const times = requests.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(START);
    expect(times.at(-1)).toBeLessThan(START + 30 * DAY);
  });

  it('keeps to the limits of the collector', () => {
    for (const { body } of requests) {
      expect(body.batch.length).toBeGreaterThanOrEqual(1);
      expect(body.batch.length).toBeLessThanOrEqual(50);
      expect(JSON.stringify(body).length * 3).toBeLessThan(500 * 1024);
    }
    for (const { messageId } of everything) expect(messageId.length).toBeLessThan(100);
  });

  it('begins on a whole local day wherever the start lies, and needs no more than the household', () => {
    const odd = [...retailMonth({ start: START + 7 * HOUR, days: 12, people: 2 })];
    expect(Math.min(...flatten(odd).map(({ at }) => at))).toBeGreaterThan(START + DAY);
    expect(new Set(flatten(odd).map(({ userId }) => userId))).toContain('m2');
  });

  it.each([
    [{ start: START, people: 1 }, /people must be 2 or more/],
    [{ start: START, days: 0 }, /days must be a whole number/],
  ])('refuses %j', (options, message) => {
    expect(() => [...retailMonth(options)]).toThrow(message);
  });
});

describe('what the clients send', () => {
  it('comes from the ready-made sources only, and from all of them', () => {
    expect([...new Set(events.map(({ source_id }) => source_id))].toSorted()).toEqual(
      sources.map(({ source_id }) => source_id).toSorted(),
    );
  });

  it('is in the tracking plan, but for what is broken on purpose', () => {
    const planned: Record<string, { properties: object; required: string[] }> = plan.events;
    const checks = new Map(
      Object.entries(planned).map(([name, { properties, required }]) => {
        const schema = Type.Unsafe<unknown>({ type: 'object', properties, required });
        return [name, Compile(schema)] as const;
      }),
    );
    for (const { type, event, properties, traits } of events) {
      const name = event ?? type;
      const check = checks.get(name);
      expect(check, name).toBeDefined();
      const data = type === 'identify' ? traits : properties;
      expect(check?.Check(data), `${name} ${JSON.stringify(data)}`).toBe(true);
    }
    const used = new Set(events.map(({ type, event }) => event ?? type));
    expect(Object.keys(planned).filter((name) => !used.has(name))).toEqual([]);
  });

  it('names people the way each channel does', () => {
    for (const { source_id, userId, anonymousId, context } of events) {
      const ids = [userId, anonymousId, context.device?.id].map((id) => id !== undefined);
      const external = (context.externalIds ?? []).map(({ type }) => type);
      if (source_id === 'pos')
        expect([...ids, external.length + Object.keys(context.traits ?? {}).length > 0]).toEqual([
          false,
          false,
          false,
          true,
        ]);
      if (source_id === 'web') expect([ids[1], ids[2], external.length]).toEqual([true, false, 0]);
      if (source_id === 'app') expect(ids.slice(1)).toEqual([true, true]);
      if (source_id === 'miniprogram') expect(external).toContain('openid');
      if (source_id === 'crm') expect(ids.slice(0, 2)).toEqual([true, false]);
      if (source_id === 'service') expect(context.traits?.phone).toBeDefined();
    }
  });

  it('gives openid and unionid their scopes, but for an older release that leaves the scope of the openid out', () => {
    const ids = events.flatMap(({ context }) => context.externalIds ?? []);
    const kinds = new Set(
      ids.map(({ type, scope, collection, encoding }) => [type, scope, collection, encoding].join()),
    );
    expect([...kinds].toSorted()).toEqual([
      'openid,,users,none',
      'openid,wx1f0a2b3c4d5e6f70,users,none',
      'unionid,open-platform-1,users,none',
    ]);
  });

  it('writes phone numbers in many ways, all of which can be read', () => {
    const written = events.flatMap(phonesOf).filter((phone) => phone !== REFUSED_PHONE && phone !== '1380013');
    const read = written.map((phone) => parsePhoneNumberFromString(String(phone), 'CN'));
    expect(read.filter((phone) => phone?.isValid() !== true)).toEqual([]);
    const shapes = new Set(
      written.map((phone) =>
        String(phone)
          .replace(/\d/g, '0')
          .replace(/[０-９]/g, '全'),
      ),
    );
    expect(shapes.size).toBeGreaterThanOrEqual(6);
    const exported = events.filter(({ source_id, type }) => source_id === 'crm' && type === 'identify');
    const owners = by(exported, ({ traits }) => traits?.phone);
    for (const rows of owners.values()) expect(new Set(rows.map(({ userId }) => userId)).size).toBe(1);
  });
});

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

describe('dirt', () => {
  it('has apps that deliver two to four days late, and say so by sentAt', () => {
    const late = events.filter(({ own, sent, at }) => at - sent < HOUR && sent - own > 1.9 * DAY);
    expect(new Set(late.map(({ context }) => context.device?.id)).size).toBeGreaterThanOrEqual(5);
    expect(Math.max(...late.map(({ own, sent }) => sent - own))).toBeLessThan(4.1 * DAY);
  });

  it('has phones whose clock is hours off, in timestamp and sentAt alike', () => {
    const skewed = events.filter(({ at, sent }) => Math.abs(at - sent) > HOUR);
    expect(new Set(skewed.map(({ context }) => context.device?.id)).size).toBeGreaterThanOrEqual(5);
    expect(skewed.every(({ source_id }) => source_id === 'app')).toBe(true);
    expect(skewed.filter(({ own, sent }) => own > sent)).toEqual([]);
  });

  it('sends some batches twice: the same events, another sentAt', () => {
    const twice = [...by(requests, ({ body }) => JSON.stringify(body.batch)).values()].filter(
      ({ length }) => length > 1,
    );
    expect(twice.length).toBeGreaterThan(50);
    for (const [first, second] of twice) expect(second?.body.sentAt).not.toBe(first?.body.sentAt);
  });

  it('repeats a message id only in retries, and once with another body', () => {
    const bodies = by(
      requests.flatMap(({ body }) => body.batch as SentEvent[]),
      ({ messageId }) => messageId,
    );
    const conflicts = [...bodies.values()].filter(
      (list) => new Set(list.map((event) => JSON.stringify(event))).size > 1,
    );
    expect(conflicts.length).toBe(1);
  });

  it('has a till that writes zeros for those who refuse, and one that writes half a number', () => {
    const phones = events.filter(({ source_id }) => source_id === 'pos').map(({ context }) => context.traits?.phone);
    expect(phones.filter((phone) => phone === REFUSED_PHONE).length).toBeGreaterThan(20);
    expect(phones.filter((phone) => phone === '1380013').length).toBeGreaterThan(2);
  });

  it.each<[string, (event: Sent) => boolean]>([
    ['a price that is text', ({ properties }) => properties?.price === 'abc'],
    ['a negative price', ({ properties }) => properties?.price === -1],
    [
      'no product',
      ({ event, properties }) => event === 'Product Viewed' && !Object.hasOwn(properties ?? {}, 'product_id'),
    ],
    ['no event name', ({ type, event }) => type === 'track' && event === undefined],
    ['an unreadable time', ({ timestamp }) => timestamp === 'yesterday'],
    ['empty ids', ({ userId, anonymousId }) => userId === '' && anonymousId === ''],
    ['a placeholder for an id', ({ userId }) => userId === 'null'],
    ['a name that the plan does not know', ({ event }) => event === 'Lucky Wheel Spun'],
    ['a time in the future', ({ own, sent }) => own > sent + DAY],
    [
      'an order without id whose total is text',
      ({ event, properties }) => event === 'Order Completed' && properties?.total === '¥199.00',
    ],
    ['nothing wrong with it', ({ event, properties }) => event === 'Product Viewed' && Number(properties?.price) > 1],
  ])('has events with %s', (_, wrong) => {
    expect(broken.filter(wrong).length).toBeGreaterThanOrEqual(3);
  });
});
