import { usableKeys } from '../parts.ts';
import type { Receiver } from '../protocol.ts';
import { failedCallback, openCallback, type Platform, success } from '../wechat/callback.ts';
import { customersOf } from './customers.ts';

const WECOM: Platform = {
  isAlwaysSealed: true,
  isNotice: (message) => customersOf(message).length === 0,
};

/** Callbacks of WeCom: customer contact, customer groups, and the apps of employees (of which only the outline is kept). */
export const receiver: Receiver = {
  name: 'wecom',
  signed: true,
  routes: [{ methods: ['GET', 'POST'], path: '/v1/hooks/wecom/{key}', name: 'message' }],
  duplicateKey: 'the content, in which CreateTime, the employee and the customer are',
  sentTime: 'none',
  keys: ({ path }) => usableKeys(path.key),
  open: (call, deps) => openCallback(call, deps, WECOM),
  taken: () => success(),
  failed: (finding) => failedCallback(finding),
};
