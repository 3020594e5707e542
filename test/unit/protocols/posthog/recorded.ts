import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import type { Recording } from '../../../support/recordings.ts';

const MEMBER = 'user_id:u-1';

const NODE: readonly ExpectedEvent[] = [
  { type: 'track', name: '浏览商品', owner: MEMBER },
  // What it sets of the person is an event of its own.
  { type: 'identify', name: 'identify', owner: MEMBER },
  { type: 'track', name: 'Anonymous Viewed', owner: 'anonymous_id:019abf00-0000-7000-8000-000000000001' },
  { type: 'identify', name: 'identify', owner: MEMBER },
  { type: 'alias', name: 'alias', owner: MEMBER },
  { type: 'group', name: 'group', owner: MEMBER },
];

const BROWSER: readonly ExpectedEvent[] = [
  { type: 'track', name: '浏览商品', owner: 'anonymous_id:01a20399-5253-720e-83e8-57dbb603a137' },
  { type: 'identify', name: 'identify', owner: MEMBER },
  { type: 'alias', name: 'alias', owner: MEMBER },
  { type: 'group', name: 'group', owner: MEMBER },
  { type: 'track', name: 'Product Added', owner: MEMBER },
  { type: 'page', name: 'Shop', owner: MEMBER },
  { type: 'track', name: 'Left With This', owner: MEMBER },
  { type: 'track', name: '$pageleave', owner: MEMBER },
];

const statuses = ({ requests }: Recording): number[] =>
  requests.map(({ request }) => (request.method === 'OPTIONS' ? 204 : 200));

/** PostHog's clients. */
export const RECORDED: readonly RecordedClient[] = [
  { client: 'posthog-node', source: { class: 'secret' }, keys: ['PROJECT_KEY'], statuses, events: () => NODE },
  { client: 'posthog-js', source: { class: 'public' }, keys: ['PROJECT_KEY'], statuses, events: () => BROWSER },
];
