import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { compilePlan } from '../../../functions/clean/plan.ts';
import type { Source } from '../../../schemas/event.ts';
import retail from '../../../schemas/plans/retail.json' with { type: 'json' };
import { PlannedEvent, type TrackingPlan } from '../../../schemas/tracking-plan.ts';
import { CLEAN_DEPS, rawRecord, SERVER, WEB } from '../../support/ingest.ts';
import { blocksOf } from '../../support/markdown.ts';
import { textOf } from '../../support/source-tree.ts';

const plan = compilePlan(retail as TrackingPlan);
const title = { en: 'Entered', zh: '进入' };
const [guide = ''] = blocksOf(textOf('docs/how-to/recognise-logins.md'), 'json');
const ownPlan = compilePlan({
  plan: 'own',
  version: 1,
  owner: 'tests',
  events: {
    'Mini Program Launched': Value.Parse(PlannedEvent, JSON.parse(guide)),
    identify: { title, description: '', type: 'identify', role: 'logout', properties: {}, required: [] },
  },
});

function sessionOf(item: object, source: Source = WEB, with_ = plan) {
  const { events, quarantined } = cleanRecord(rawRecord('batch', { batch: [item] }, source), {
    ...CLEAN_DEPS,
    plan: with_,
  });
  expect(quarantined).toEqual([]);
  return events[0]?.session;
}
const who = { userId: 'm1', anonymousId: 'c1' };
const track = (event: string, over: object = {}) => ({ type: 'track', event, ...who, ...over });
const identify = (over: object = {}) => ({ type: 'identify', ...who, ...over });

describe('a login', () => {
  it.each<[string, unknown, string | undefined]>([
    ['an event that the plan calls one', sessionOf(track('Signed In')), 'login'],
    ['also without a device', sessionOf(track('Signed In', { anonymousId: undefined }), SERVER), 'login'],
    ['not where it names no member', sessionOf(track('Signed In', { userId: undefined })), undefined],
    [
      'an event of a plan of your own, as the guide shows',
      sessionOf(track('Mini Program Launched'), WEB, ownPlan),
      'login',
    ],
    ['an identify that names a member', sessionOf(identify()), 'login'],
    ['an identify of an app without a cookie', sessionOf(identify({ anonymousId: undefined })), 'login'],
    ['not an identify of a visitor', sessionOf(identify({ userId: undefined })), undefined],
    ['an identify of a server that passes the cookie on', sessionOf(identify(), SERVER), 'login'],
    ['not an identify of an import', sessionOf(identify({ anonymousId: undefined }), SERVER), undefined],
    [
      'not what the plan says nothing of',
      sessionOf(track('Product Viewed', { properties: { product_id: 'p' } })),
      undefined,
    ],
    ['not a page of that name', sessionOf({ type: 'page', name: 'Signed In', ...who }), undefined],
  ])('is %s', (_, session, expected) => expect(session).toBe(expected));
});

describe('a logout', () => {
  it.each<[string, unknown, string | undefined]>([
    ['an event that the plan calls one', sessionOf(track('Signed Out')), 'logout'],
    ['also where it no longer names the member', sessionOf(track('Signed Out', { userId: undefined })), 'logout'],
    ['even an identify, where the plan says so', sessionOf(identify(), WEB, ownPlan), 'logout'],
  ])('is %s', (_, session, expected) => expect(session).toBe(expected));
});
