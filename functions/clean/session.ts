import { DEVICE_TYPES } from '../shared/devices.ts';
import type { Draft, Step } from './draft.ts';

/**
 * Says whether the event is a login or a logout: what the tracking plan calls one, and an `identify` that names a member. A login
 * needs to say who; an `identify` from a server that names no device is an import, and nobody signed in anywhere.
 */
export const recogniseSession: Step = (draft, { deps, head }) => {
  const role = deps.plan.find(draft.type, draft.name)?.role;
  if (role === 'logout') draft.session = 'logout';
  else if (role === 'login' || (draft.type === 'identify' && (head.source.class === 'public' || hasDevice(draft)))) {
    if (draft.identifiers.some(({ type }) => type === 'user_id')) draft.session = 'login';
  }
  return undefined;
};

const hasDevice = ({ identifiers }: Draft): boolean => identifiers.some(({ type }) => DEVICE_TYPES.includes(type));
