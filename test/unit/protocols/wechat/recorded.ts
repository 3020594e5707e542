import type { ExpectedEvent, RecordedClient } from '../../../support/recorded-client.ts';
import { AES_KEY, APP, TOKEN } from './sender.ts';

const owner = `openid:${APP}:oABC2lcTSMCIW3DXZa8QkwZnLjYX`;
const track = (name: string, event_id?: string): ExpectedEvent => ({
  type: 'track',
  name,
  owner,
  ...(event_id !== undefined && { event_id }),
});

const EXPECTED: Readonly<Record<string, { statuses: readonly number[]; events: readonly ExpectedEvent[] }>> = {
  '01-official-account-safe-xml': {
    statuses: [200, 200, 200, 200, 200, 200],
    events: [
      track('Account Followed'),
      track('Menu Clicked'),
      track('Message Received', `wechat:${APP}:7530492131287912345`),
    ],
  },
  '02-mini-program-safe-json': {
    statuses: [200, 200],
    events: [
      track('Conversation Started'),
      track('Message Subscription Changed'),
      track('Message Subscription Changed'),
    ],
  },
  '03-refused': { statuses: [401, 401, 403, 403], events: [] },
};

const expectedOf = (name: string) => {
  const found = EXPECTED[name.split('/')[1] ?? ''];
  if (found === undefined) throw new Error(`Nothing is said of what is expected of ${name}.`);
  return found;
};

/** What `test/support/record-wechat.ts` wrote. */
export const RECORDED: readonly RecordedClient[] = [
  {
    client: 'wechat-message-push',
    source: { class: 'signed', app_id: APP },
    keys: ['k'],
    secrets: { token: [TOKEN], encoding_aes_key: [AES_KEY] },
    statuses: ({ name }) => expectedOf(name).statuses,
    events: ({ name }) => expectedOf(name).events,
  },
];
