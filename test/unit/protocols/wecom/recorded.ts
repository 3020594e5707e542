import type { RecordedClient } from '../../../support/recorded-client.ts';
import { AES_KEY, APP, TOKEN } from '../wechat/sender.ts';

const owner = `external_userid:${APP}:woAJ2GCAAAXtWyujaWJHDDGi0mACH71w`;

/** What `test/support/record-wechat.ts` wrote. */
export const RECORDED: readonly RecordedClient[] = [
  {
    client: 'wecom-callback',
    source: { class: 'signed', app_id: APP },
    keys: ['k'],
    secrets: { token: [TOKEN], encoding_aes_key: [AES_KEY] },
    statuses: ({ requests }) => requests.map(() => 200),
    events: () => ['Contact Added', 'Contact Removed'].map((name) => ({ type: 'track', name, owner })),
  },
];
