import type { JsonObject } from '../../json.ts';
import type { Payload } from '../protocol.ts';
import { textOf } from '../shape.ts';
import { entityData, type SelfDescribing } from './self-describing.ts';

interface Identity {
  readonly userId?: string | undefined;
  readonly anonymousId?: string | undefined;
  readonly externalIds?: readonly JsonObject[];
}

/**
 * Who an event is about: the member (`uid`), the visitor by the site's cookie (`duid`) or the app's installation, and the visitor by
 * the collector's cookie. A tracker that keeps no identifiers still says which session, page view or event it was: the event then
 * belongs to a visitor of that alone, rather than to nobody, and cannot be joined to anything by it.
 */
export function identityOf(
  event: JsonObject,
  entities: readonly SelfDescribing[],
  { nuid }: Payload['params'],
): Identity {
  const session = entityData(entities, 'client_session');
  const userId = textOf(event.uid);
  const visitor = known(textOf(event.duid) ?? textOf(session.userId));
  const network = textOf(nuid) ?? textOf(event.tnuid) ?? textOf(event.nuid);
  const unknown = userId === undefined && visitor === undefined && network === undefined;
  const moment = textOf(event.sid) ?? textOf(session.sessionId) ?? textOf(entityData(entities, 'web_page').id);
  return {
    userId,
    anonymousId: visitor ?? (unknown ? (known(moment) ?? textOf(event.eid)) : undefined),
    ...(network !== undefined && { externalIds: [{ type: 'anonymous_id', id: network }] }),
  };
}

/** Trackers that must not know anybody write a UUID of zeros. */
const known = (id: string | undefined): string | undefined => (id !== undefined && /[^0-]/.test(id) ? id : undefined);
