import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import type { Recording } from '../../../support/recordings.ts';

const MEMBER = 'user_id:u-1';

const VISITOR = 'anonymous_id:5103518f-3c88-4a2e-bcc1-cbbb3c62072e';

const events = ({ name }: Recording): readonly ExpectedEvent[] => {
  const isBrowser = name.endsWith('browser');
  const common = [
    { type: 'identify', name: 'identify', owner: MEMBER },
    { type: 'track', name: '浏览商品', owner: MEMBER },
    { type: 'page', name: 'Home', owner: isBrowser ? VISITOR : MEMBER },
  ];
  return isBrowser ? common : [...common, { type: 'group', name: 'group', owner: MEMBER }];
};

/** Jitsu's client: as a browser it asks before each request whether it may send. */
export const RECORDED: readonly RecordedClient[] = [
  {
    client: 'jitsu-js',
    source: { class: 'public' },
    keys: ['KEYID'],
    statuses: ({ requests }) => requests.map(({ request }) => (request.method === 'OPTIONS' ? 204 : 200)),
    events,
  },
];
