import { crm, service, withdrawals } from './back-office.ts';
import { batched, type SeedRequest } from './batches.ts';
import { calendarOf } from './calendar.ts';
import { malformed, mistypedPhones, retried } from './dirt.ts';
import { journeyOf, play } from './journeys.ts';
import { type Life, lifeOf } from './life.ts';
import { cast } from './people.ts';
import { randomOf } from './random.ts';
import { familyTablets, kiosk } from './shared-devices.ts';
import { liSi, zhangSan } from './story.ts';

export type { SeedRequest } from './batches.ts';

/**
 * The seed: a retailer's month of omnichannel traffic, written as the requests that the real clients would send.
 *
 * Who. Some hundred shoppers (people.ts). Most are members; each has some of a browser, a phone with the app, and
 * WeChat with the mini program; half go to stores; a few live in New York or London, and are seen by their own days.
 *
 * One human being under many ids. She browses anonymously (a cookie), later signs in (member id), uses the app (device
 * id) and the mini program (openid, unionid; the back end hands on the phone number), shows her phone number or
 * WeChat code at the till, calls the service from that phone. The CRM knows member id, name, phone, e-mail and level.
 *
 * The household (story.ts). m1 is 张三, 13800138000: CRM, cookie, mini program, sign-in, store, service; one person,
 * three days of views on three kinds of id, a coupon on day four. m2 is 李四, who uses the same tablet and stays herself.
 *
 * Shared things (shared-devices.ts). Family tablets with two members each; a store kiosk with dozens.
 *
 * Campaign fodder (journeys.ts). A quarter of the shoppers view one product on three local days in a row: some never
 * buy it, some buy it on day three, some on day four before ten or after; some skip a day, so that there is no streak;
 * a few complete it on the last evening, so that the coupon is due when the clock is moved on.
 * Carts are left behind, ordered within half an hour, or hours later. Stores are entered with the app; some do not scan.
 * Consent to marketing comes as true, as false, not at all, or is withdrawn.
 *
 * Dirt. Phone numbers written in six ways (people.ts); `00000000000` from the till when a customer refuses
 * (store-visit.ts); apps without network that deliver days later, and phones whose clock is hours off (`timestamp`
 * and `sentAt` alike); batches sent twice, and events that are simply wrong (dirt.ts).
 */
export interface MonthOptions {
  /** Nothing arrives before it, epoch milliseconds. */
  readonly start: number;
  /** Nothing arrives later than this many times 24 hours after `start`. */
  readonly days?: number;
  /** At least 2: the household of the story comes first. */
  readonly people?: number;
  readonly seed?: number;
}

const everyone = (options: Required<MonthOptions>): Life[] => {
  const { start, days, people, seed } = options;
  const calendar = calendarOf(start, days);
  const lives = cast(people, seed).map((shopper) => lifeOf(shopper, seed));
  for (const [index, life] of lives.entries()) {
    if (index === 0) play(life, zhangSan(calendar));
    else if (index === 1) play(life, liSi(calendar));
    else play(life, journeyOf(life, calendar, seed));
  }
  familyTablets(lives, calendar, seed);
  crm(lives, calendar, seed);
  service(lives, calendar, seed);
  withdrawals(lives, calendar, seed);
  return lives;
};

/**
 * The month as requests, ordered by arrival. Pure: the same options give the same bytes.
 * @throws RangeError when `people` is under 2 or `days` is not a positive whole number.
 */
export function* retailMonth(options: MonthOptions): Generator<SeedRequest> {
  const { start, days = 30, people = 400, seed = 1 } = options;
  if (people < 2) throw new RangeError(`people must be 2 or more (the household of the story), not ${people}`);
  const calendar = calendarOf(start, days);
  const lives = everyone({ start, days, people, seed });
  const emissions = [
    ...lives.flatMap(({ log }) => log),
    ...kiosk(lives, calendar, seed),
    ...malformed(calendar, seed),
    ...mistypedPhones(calendar, seed),
  ];
  const requests = batched(emissions, randomOf(seed, 'network'));
  const all = [...requests, ...retried(requests, randomOf(seed, 'retries'))];
  const within = all.filter(({ at }) => at >= calendar.start && at < calendar.end);
  yield* within.sort((a, b) => a.at - b.at);
}
