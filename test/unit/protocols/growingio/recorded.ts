import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import type { Recording } from '../../../support/recordings.ts';

const MEMBER = 'user_id:u-1';

const ALL_KINDS: readonly ExpectedEvent[] = [
  { type: 'track', name: 'VISIT' },
  { type: 'page', name: 'page' },
  { type: 'track', name: 'ViewProduct' },
  { type: 'identify', name: 'identify', owner: MEMBER },
  { type: 'track', name: 'OrderPaid', owner: MEMBER },
];
const CLICK: ExpectedEvent = { type: 'track', name: 'VIEW_CLICK', owner: MEMBER };
const ENTRY = ALL_KINDS.slice(0, 2);

function webEvents({ name }: Recording): readonly ExpectedEvent[] {
  const scenario = name.slice(name.indexOf('/') + 1);
  if (scenario.startsWith('06') || scenario.startsWith('07')) return ENTRY;
  // The account is of the kind `phone`, and its id is no number: it stays an id of that kind.
  if (scenario.startsWith('08')) return [...ENTRY, { type: 'track', name: 'X', owner: 'user_id:phone:u-1' }];
  // The click's data were cut off by the browser at the `#` in them: they are in quarantine.
  return scenario.startsWith('05') ? ALL_KINDS : [...ALL_KINDS, CLICK];
}

const serverEvents = ({ requests }: Recording): readonly ExpectedEvent[] =>
  requests.length === 1
    ? []
    : [
        { type: 'track', name: 'orderPaid', owner: MEMBER },
        { type: 'track', name: 'noUser' },
      ];

const always204 = ({ requests }: Recording): readonly number[] => requests.map(() => 204);

/** GrowingIO's clients: the answer is always 204, to the probe of the Java SDK as well. */
export const RECORDED: readonly RecordedClient[] = [
  {
    client: 'growingio-webjs',
    source: { class: 'public' },
    keys: ['growingio:ACCOUNT_ID'],
    statuses: always204,
    events: webEvents,
  },
  {
    client: 'growingio-miniprogram',
    source: { class: 'public', channel: 'wechat_miniprogram' },
    keys: ['growingio:DATASOURCE_ID'],
    statuses: always204,
    events: () => ALL_KINDS,
  },
  {
    client: 'growingio-java-sdk',
    source: { class: 'secret', channel: 'server' },
    keys: ['PROJECT_ID'],
    statuses: always204,
    events: serverEvents,
  },
];
