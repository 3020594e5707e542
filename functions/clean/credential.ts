import { isObject, type JsonObject } from '../shared/json.ts';

/** What an event carries to prove who is signed in. Kept apart from the event from the first moment: it goes no further. */
export interface Credential {
  readonly token: unknown;
  readonly userHash: unknown;
}

/** The event without its credential, and the credential. The same event where it carries none. */
export function takeCredential(item: unknown): { readonly event: unknown; readonly credential?: Credential } {
  if (!isObject(item) || !isObject(item.context)) return { event: item };
  // Most events carry none, and copy nothing.
  if (item.context.identityToken === undefined && item.context.userHash === undefined) return { event: item };
  const { identityToken: token, userHash, ...context } = item.context;
  return { event: { ...item, context } satisfies JsonObject, credential: { token, userHash } };
}
