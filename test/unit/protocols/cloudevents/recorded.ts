import type { RecordedClient } from '../../../support/recorded-client.ts';

const SOURCE = '/crm/member';

export const RECORDED: readonly RecordedClient[] = [
  {
    client: 'cloudevents-sdk',
    source: { class: 'public', channel: 'server' },
    // The recorded client was given an address and nothing else.
    keys: ['path:/ce'],
    statuses: () => [200, 200, 200],
    events: () =>
      ['A234-1234-1234', 'B'].map((id) => ({
        type: 'track',
        name: 'com.example.member.updated',
        event_id: `${SOURCE} ${id}`,
        owner: `anonymous_id:${SOURCE}#u-1`,
      })),
  },
];
