import { describe, expect, test } from 'vitest';
import { type DecideInput, decide } from '../../../../functions/shared/campaign/decide.ts';
import { timersFor } from '../../../../functions/shared/campaign/triggers.ts';
import { compileDefinitions, DefinitionError } from '../../../../functions/shared/definitions.ts';
import { emptyAggregate, foldEvent } from '../../../../functions/shared/profile/aggregate.ts';
import type { CampaignDefinition } from '../../../../schemas/definition.ts';
import { cleanEvent, DEFINITIONS } from '../../../support/stitch.ts';

const CART = DEFINITIONS.campaigns.find(({ id }) => id === 'cart-left-30-minutes');
const VISIT = DEFINITIONS.campaigns.find(({ id }) => id === 'store-visit-offline-code');
const COUPON = DEFINITIONS.campaigns.find(({ id }) => id === 'viewed-three-days-coupon');
if (!CART || !VISIT || !COUPON) throw new Error('the shipped campaigns are there');

const at = (time: string): string => `2026-03-15T${time}:00.000Z`;
type Event = readonly [name: string, time: string, over?: Parameters<typeof cleanEvent>[1]];

/** The input of a decision at `now` on someone who did these things; the timer is the first that is asked for. */
function input(
  campaign: CampaignDefinition,
  events: readonly Event[],
  now: string,
  over: Partial<DecideInput> = {},
): DecideInput {
  const { registers } = compileDefinitions([], [campaign]);
  const aggregate = emptyAggregate();
  for (const [name, time, more] of events) {
    foldEvent(
      aggregate,
      cleanEvent(['user_id:m1'], { name, occurred_at: time, local_date: time.slice(0, 10), ...more }),
      registers,
    );
  }
  const person = { one_id: 'p_1', shared: false, aggregate };
  const [timer] = timersFor(campaign, aggregate, { one_id: 'p_1', owner: 'user_id:m1', now: Date.parse(now) });
  if (!timer) throw new Error('the events ask for no timer');
  return { campaign, timer, person, ledger: [], now: Date.parse(now), ...over };
}

const added: Event = ['Product Added', at('11:00')];
const due = at('11:30');
const sentBefore = (decided_at: string, subject = ''): DecideInput['ledger'] => {
  const decision = decide(input(CART, [added], due));
  if (!decision) throw new Error('the cart is left');
  return [{ subject, due_at: decided_at, decided_at, outcome: 'sent', decision, done: true }];
};

describe('every decision has its reason', () => {
  const reasonOf = (given: DecideInput) => decide(given)?.reason;

  test('sent', () => {
    const decision = decide(input(CART, [added], due));
    expect(decision).toMatchObject({
      outcome: 'sent',
      reason: 'sent',
      due_at: due,
      decided_at: due,
      channel: 'outbox',
    });
    expect(decision?.send_id).toBe(`s_${decision?.decision_id}`);
  });

  test('condition_no_longer_true: ordered since, also at the very moment, but not before', () => {
    expect(reasonOf(input(CART, [added, ['Order Completed', at('11:20')]], due))).toBe('condition_no_longer_true');
    expect(reasonOf(input(CART, [added, ['Order Completed', at('11:00')]], due))).toBe('condition_no_longer_true');
    expect(reasonOf(input(CART, [added, ['Order Completed', at('10:59')]], due))).toBe('sent');
  });

  test('condition_no_longer_true: only on the channel that is named', () => {
    const visit: Event[] = [
      ['Product Viewed', at('09:00'), { channel: 'app' }],
      ['Store Entered', at('11:00')],
    ];
    const order = (channel: string): Event => ['Order Completed', at('11:05'), { channel }];
    expect(reasonOf(input(VISIT, [...visit, order('store')], at('11:10')))).toBe('condition_no_longer_true');
    expect(reasonOf(input(VISIT, [...visit, order('web')], at('11:10')))).toBe('sent');
  });

  test('precondition_not_met: never, on another channel, or too long ago', () => {
    const visit: Event = ['Store Entered', at('11:00')];
    const now = at('11:10');
    const browsed = (time: string, channel = 'app'): Event => ['Product Viewed', time, { channel }];
    expect(reasonOf(input(VISIT, [visit], now))).toBe('precondition_not_met');
    expect(reasonOf(input(VISIT, [visit, browsed(at('09:00'), 'web')], now))).toBe('precondition_not_met');
    expect(reasonOf(input(VISIT, [visit, browsed('2026-03-07T09:00:00.000Z')], now))).toBe('precondition_not_met');
    expect(reasonOf(input(VISIT, [visit, browsed('2026-03-08T09:00:00.000Z')], now))).toBe('sent');
  });

  test('no_consent: refused, or never asked where that denies', () => {
    const consented = (granted: boolean): Event => ['Product Added', at('11:00'), { consent: { marketing: granted } }];
    const strict: CampaignDefinition = { ...CART, consent: { purpose: 'marketing', when_unknown: 'deny' } };
    expect(decide(input(CART, [consented(false)], due))).toMatchObject({
      reason: 'no_consent',
      facts: { because: `refused at ${at('11:00')}` },
    });
    expect(decide(input(strict, [added], due))).toMatchObject({
      reason: 'no_consent',
      facts: { because: 'never asked' },
    });
    expect(reasonOf(input(strict, [consented(true)], due))).toBe('sent');
  });

  test('capped: as many sends as allowed within the days, none of them older', () => {
    const recent = sentBefore('2026-03-10T00:00:00.000Z');
    expect(reasonOf(input(CART, [added], due, { ledger: recent }))).toBe('capped');
    expect(reasonOf(input(CART, [added], due, { ledger: sentBefore('2026-03-08T11:30:00.000Z') }))).toBe('sent');
    const twice: CampaignDefinition = { ...CART, cap: { sends: 2, days: 7 } };
    expect(reasonOf(input(twice, [added], due, { ledger: recent }))).toBe('sent');
  });

  test('capped: per product where the trigger has one', () => {
    const views: Event[] = [13, 14, 15].map((day) => [
      'Product Viewed',
      `2026-03-${day}T02:00:00.000Z`,
      { properties: { product_id: 'P1' } },
    ]);
    const now = '2026-03-16T02:00:00.000Z';
    expect(reasonOf(input(COUPON, views, now, { ledger: sentBefore(at('00:00'), 'P2') }))).toBe('sent');
    expect(reasonOf(input(COUPON, views, now, { ledger: sentBefore(at('00:00'), 'P1') }))).toBe('capped');
  });

  test('quiet_hours: by the clock of the person, also over midnight', () => {
    const daytime: CampaignDefinition = { ...CART, window: { from: '09:00', to: '19:29' } };
    const evening: CampaignDefinition = { ...CART, window: { from: '22:00', to: '06:00' } };
    const night: CampaignDefinition = { ...CART, window: { from: '19:30', to: '06:00' } };
    expect(decide(input(daytime, [added], due))).toMatchObject({
      reason: 'quiet_hours',
      facts: { because: '19:30 in Asia/Shanghai' },
    });
    expect(reasonOf(input(evening, [added], due))).toBe('quiet_hours');
    expect(reasonOf(input(night, [added], due))).toBe('sent');
    const early: Event = ['Product Added', '2026-03-14T21:00:00.000Z'];
    expect(reasonOf(input(night, [early], '2026-03-14T21:30:00.000Z'))).toBe('sent');
  });

  test('holdout: a stable share of persons', () => {
    const half: CampaignDefinition = { ...CART, holdout: 0.5 };
    const reasons = Array.from({ length: 400 }, (_, n) => {
      const given = input(half, [added], due);
      return reasonOf({ ...given, person: { ...given.person, one_id: `p_${n}` } });
    });
    const held = reasons.filter((reason) => reason === 'holdout').length;
    expect(held).toBeGreaterThan(150);
    expect(held).toBeLessThan(250);
    const given = input(half, [added], due);
    expect(reasons[1]).toBe(reasonOf({ ...given, person: { ...given.person, one_id: 'p_1' } }));
    expect(reasonOf(input({ ...CART, holdout: 0 }, [added], due))).toBe('sent');
  });

  test('too_late: a day after it was due, or on another day than the one that was meant', () => {
    expect(reasonOf(input(CART, [added], due, { now: Date.parse('2026-03-16T11:30:00.001Z') }))).toBe('too_late');
    expect(reasonOf(input(CART, [added], due, { now: Date.parse('2026-03-16T11:30:00.000Z') }))).toBe('sent');
    const views: Event[] = [13, 14, 15].map((day) => [
      'Product Viewed',
      `2026-03-${day}T02:00:00.000Z`,
      { properties: { product_id: 'P1' } },
    ]);
    const sameDay = input(COUPON, views, '2026-03-16T13:59:00.000Z');
    expect(reasonOf(sameDay)).toBe('sent');
    expect(reasonOf({ ...sameDay, now: Date.parse('2026-03-16T16:00:00.000Z') })).toBe('too_late');
  });

  test('shared_person, campaign_inactive', () => {
    const given = input(CART, [added], due);
    expect(reasonOf({ ...given, person: { ...given.person, shared: true } })).toBe('shared_person');
    expect(reasonOf(input({ ...CART, active: false }, [added], due))).toBe('campaign_inactive');
  });

  test('a timer that the state no longer asks for is no decision', () => {
    const given = input(CART, [added], due);
    const later = input(CART, [added, ['Product Added', at('11:10')]], due);
    expect(decide({ ...later, timer: given.timer })).toBeUndefined();
    expect(decide({ ...given, timer: { ...given.timer, subject: 'P9' } })).toBeUndefined();
  });
});

describe('timers', () => {
  const views = (...days: number[]): Event[] =>
    days.map((day) => [
      'Product Viewed',
      `2026-03-${String(day).padStart(2, '0')}T02:00:00.000Z`,
      { properties: { product_id: 'P1' } },
    ]);
  const asked = (events: readonly Event[], now: string) => {
    const { person, campaign } = input(COUPON, [...events, ...views(20, 21, 22)], '2026-03-22T00:00:00.000Z');
    return timersFor(campaign, person.aggregate, { one_id: 'p_1', owner: 'user_id:m1', now: Date.parse(now) }).map(
      ({ at: time }) => time,
    );
  };

  test('one per run of days, counted from its beginning', () => {
    expect(asked(views(10, 11, 12, 13, 14), '2026-03-15T00:00:00.000Z')).toEqual([
      '2026-03-13T02:00:00.000Z',
      '2026-03-23T02:00:00.000Z',
    ]);
  });

  test('what was due more than a week ago arms nothing', () => {
    expect(asked(views(10, 11, 12), '2026-03-20T02:00:00.001Z')).toEqual(['2026-03-23T02:00:00.000Z']);
    expect(asked(views(10, 11, 12), '2026-03-20T02:00:00.000Z')).toHaveLength(2);
  });

  test('a streak cannot wait minutes: the definition is refused, with its name', () => {
    const wrong = { ...COUPON, wait: { kind: 'minutes', minutes: 5 } };
    expect(() => compileDefinitions([], [wrong])).toThrow(DefinitionError);
    expect(() => compileDefinitions([], [wrong])).toThrow(/viewed-three-days-coupon.*wait/);
  });
});
