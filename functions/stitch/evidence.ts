import { type CleanEvent, ControlType } from '../../schemas/event.ts';
import type { Evidence, EvidenceKind } from '../../schemas/evidence.ts';
import { shortHash } from '../shared/hash.ts';
import { identifierKey } from '../shared/identifiers.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';

/** What one event says about identity. */
export interface EventEvidence {
  /** Identifier keys, owner first. */
  readonly keys: readonly string[];
  /** Name of this combination of identifiers, source and kind: known combinations need no further look. */
  readonly group: string;
}

const CONTROL_KINDS: Readonly<Record<ControlType, EvidenceKind>> = {
  bind: 'bind',
  unbind: 'unbind',
  merge: 'manual',
  unmerge: 'retract',
  split: 'split',
  match: 'probabilistic',
};

const CONTROL_TYPES: ReadonlySet<string> = new Set(ControlType.anyOf.map((literal) => literal.const));

/** Does the event declare something about identity, instead of being observed? Such events change no profile. */
export const isControl = (event: CleanEvent): event is CleanEvent & { type: ControlType } =>
  CONTROL_TYPES.has(event.type);

const kindOf = (event: CleanEvent): EvidenceKind => {
  if (isControl(event)) return CONTROL_KINDS[event.type];
  if (event.type === 'alias') return 'bind';
  if (event.type !== 'identify') return event.session === 'login' ? 'login' : 'same_event';
  return event.verified ? 'import' : 'login';
};

/**
 * As of when an event shows that its identifiers are there. What is declared about the past makes none of them older: a person
 * has its One ID from its oldest identifier, and a merge dated to long ago could else not be taken back exactly.
 */
export const sightedAt = (event: CleanEvent): string =>
  isControl(event) && event.received_at > event.occurred_at ? event.received_at : event.occurred_at;

/**
 * The identifiers of an event and the name of their combination. Cheap: it is computed for every event. Values may hold any
 * separator, so the name is made of JSON: else a made-up browser id could spell the combination of another event, which would
 * then be taken for known.
 */
export function evidenceOf(event: CleanEvent): EventEvidence {
  const keys = event.identifiers.map(identifierKey);
  if (keys.length === 1) return { keys, group: '' };
  const text = JSON.stringify([kindOf(event), event.source_id, event.verified, keys, event.attested]);
  return { keys, group: shortHash(text, 11) };
}

/**
 * Whether the event may be believed that two of its identifiers belong together: it came from a server, or a signed token
 * vouches for both, or for one of them while the other is a browser or a device, which a signed-in page may speak of. A token
 * for one's own user id says nothing about a phone number, or an account of a platform, that is sent along with it.
 */
function isVerified(event: CleanEvent, pair: readonly [string, string], rules: CompiledRules): boolean {
  const { attested } = event;
  if (event.verified || attested === undefined) return event.verified;
  const vouched = (key: string): boolean => attested.includes(key);
  const isDevice = (key: string): boolean => {
    const rule = rules.types.get(key.slice(0, key.indexOf(':')));
    return rule !== undefined && !rule.strong && rule.weak_may_join;
  };
  const [a, b] = pair;
  return (vouched(a) && (vouched(b) || isDevice(b))) || (vouched(b) && isDevice(a));
}

/**
 * The edges of an event: every pair of its identifiers, since each pair was seen together. Should one identifier later
 * be cut out (a recycled phone number), the others stay joined. A declaration about one identifier alone releases it, or
 * takes that back.
 */
export function edgesOf(event: CleanEvent, keys: readonly string[], rules: CompiledRules): Evidence[] {
  const edges: Evidence[] = [];
  const kind = kindOf(event);
  const { confidence = 1, model } = event.declared ?? {};
  const said = isControl(event) ? { last_seen: event.occurred_at } : {};
  const add = (x: string, y: string): void => {
    const [a, b] = x < y ? [x, y] : [y, x];
    edges.push({
      a,
      b,
      kind,
      verified: isVerified(event, [a, b], rules),
      confidence,
      first_seen: event.occurred_at,
      source_id: event.source_id,
      event_id: event.event_id,
      ...said,
      ...(model === undefined ? {} : { model }),
    });
  };
  for (const [index, x] of keys.entries()) for (const y of keys.slice(index + 1)) if (x !== y) add(x, y);
  const [lone] = keys;
  if (keys.length === 1 && lone !== undefined && (kind === 'unbind' || kind === 'retract')) add(lone, lone);
  return edges;
}
