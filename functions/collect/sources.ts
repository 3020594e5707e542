import type { Source } from '../../schemas/event.ts';
import type { Finding } from '../../schemas/reasons.ts';
import type { HttpRequest } from '../shared/http.ts';
import type { Receiver } from '../shared/protocols/protocol.ts';
import { isOurs } from '../shared/sources/protocols.ts';

export interface SourceLookup {
  /** By write key, or by an alias written `<protocol>:<value>`. */
  sourceByKey(key: string): Promise<Source | undefined>;
  /** Exact match with the allow-list: of the source, or, in a preflight (which names none), of any source. */
  isAllowedOrigin(origin: string, source?: Source): boolean;
}

/**
 * The source that one of the keys names, if it may be used by this protocol and from where the request comes from. An alias, such as
 * a project's name in the client's settings, stands for a public source only: it proves nothing.
 */
export async function authenticate(
  keys: readonly string[],
  { request, receiver }: { readonly request: HttpRequest; readonly receiver: Receiver },
  lookup: SourceLookup,
): Promise<Source | Finding> {
  if (keys.length === 0) return { reason: 'missing_key', field: '', detail: 'The request has no write key.' };
  const source = await find(keys, receiver, lookup);
  if (source === undefined) return { reason: 'unknown_key', field: '', detail: 'The write key is not known.' };
  if (source.disabled) return switchedOff(source);
  if (source.class === 'signed' && (receiver.signed !== true || source.protocol !== receiver.name)) {
    const detail = `The source takes what ${source.protocol ?? 'its platform'} signs, and nothing by ${receiver.name}.`;
    return { reason: 'wrong_protocol', field: '', detail };
  }
  const { origin } = request.headers;
  if (origin === undefined || source.class !== 'public' || lookup.isAllowedOrigin(origin, source)) return source;
  const detail = `The origin ${JSON.stringify(origin.slice(0, 200))} is not on the allow-list of this source.`;
  return { reason: 'origin_not_allowed', field: '', detail };
}

/** Why a source takes nothing for now. */
export const switchedOff = ({ source_id }: Source): Finding => ({
  reason: 'source_disabled',
  field: '',
  detail: `The source ${source_id} is switched off; whoever looks after it can switch it on again.`,
});

async function find(keys: readonly string[], receiver: Receiver, lookup: SourceLookup): Promise<Source | undefined> {
  for (const key of keys) {
    const source = await lookup.sourceByKey(key);
    if (source !== undefined) return source;
    const alias = await lookup.sourceByKey(`${receiver.name}:${key}`);
    if (alias?.class === 'public') return alias;
  }
  return undefined;
}

/** A source that has a path for itself, for clients that were given an address and nothing else. */
export const sourceOfPath = async (path: string, lookup: SourceLookup): Promise<Source | undefined> => {
  if (isOurs(path)) return undefined;
  const source = await lookup.sourceByKey(`path:${path.slice(0, 190)}`);
  return source?.class === 'public' ? source : undefined;
};
