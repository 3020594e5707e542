import { usableKeys } from '../parts.ts';
import type { Receiver } from '../protocol.ts';
import { failedCallback, openCallback, type Platform, success } from './callback.ts';
import { forwarded } from './forward.ts';

const WECHAT: Platform = {
  isAlwaysSealed: false,
  // What a third-party platform is told of itself: tickets, authorisations, registrations.
  isNotice: ({ InfoType }) => InfoType !== undefined,
};

/** Message push of official accounts and mini programs, theirs or through a third-party platform. */
export const receiver: Receiver = {
  name: 'wechat',
  signed: true,
  routes: [
    { methods: ['GET', 'POST'], path: '/v1/hooks/wechat/{key}', name: 'message' },
    { methods: ['GET', 'POST'], path: '/v1/hooks/wechat/{key}/apps/{app}', name: 'message' },
  ],
  duplicateKey: 'MsgId of messages; of events the content, in which FromUserName and CreateTime are',
  sentTime: 'none',
  keys: ({ path }) => usableKeys(path.key),
  open: (call, deps) => openCallback(call, deps, WECHAT),
  taken: async (taken, call, deps) => (await forwarded(taken, call, deps)) ?? success(),
  failed: (finding) => failedCallback(finding),
};
