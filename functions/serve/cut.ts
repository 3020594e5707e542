import type { Evidence } from '../../schemas/evidence.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import type { CompiledRules } from '../shared/identity/resolve.ts';
import { RequestError } from './answer.ts';
import { eventOf, readDeclaring, takeIn } from './declare.ts';
import type { ServeDeps } from './deps.ts';
import { personById } from './persons.ts';

/** Pairs that one call may part; each is an event of its own, and all travel in one stream record. */
const MAX_PAIRS = 250;

/** A person to be cut in two. */
export interface Cutting {
  readonly members: readonly string[];
  /** Member → when it was first seen. */
  readonly firstSeen: Readonly<Record<string, string>>;
  readonly evidence: readonly Evidence[];
}

/**
 * The pairs that have to be unbound so that `cut` is out of the person. Parting `cut` from the founder alone would not
 * do: in phone–cookie–member, to part phone and member leaves the cookie to whichever it is tied to more strongly, and an
 * identifier that was to stay may leave with the one that was cut.
 *
 * So two sorts of pair are parted. Those with evidence of their own: with that gone, no path leads from one side to the other.
 * And each cut identifier from the anchors of what remains (its strong identifiers and its oldest one), so that
 * no later event can bring the two sides together. What was seen among the cut identifiers, and among the remaining
 * ones, stays as it was.
 */
export function pairsToPart(cutting: Cutting, cut: ReadonlySet<string>, rules: CompiledRules): [string, string][] {
  const remaining = cutting.members.filter((key) => !cut.has(key));
  const age = (key: string): string => `${cutting.firstSeen[key] ?? '9'}|${key}`;
  const oldest = remaining.reduce((a, b) => (age(a) <= age(b) ? a : b), remaining[0] ?? '');
  const isStrong = (key: string): boolean => rules.types.get(key.slice(0, key.indexOf(':')))?.strong === true;
  const anchors = new Set(remaining.filter((key) => key === oldest || isStrong(key)));
  const seenTogether = new Map<string, Set<string>>();
  for (const { a, b } of cutting.evidence) {
    for (const [x, y] of [
      [a, b],
      [b, a],
    ] as const) {
      if (cut.has(x)) seenTogether.set(x, (seenTogether.get(x) ?? new Set()).add(y));
    }
  }
  return [...cut].flatMap((x) =>
    remaining.filter((y) => anchors.has(y) || seenTogether.get(x)?.has(y)).map((y): [string, string] => [x, y]),
  );
}

/**
 * `POST /api/persons/<one_id>/split` with `{identifiers, reason}`: cuts those identifiers out of the person. Afterwards they are
 * not in it, and nothing but a verified bind or merge brings them back. 202 once that is durable.
 */
export async function splitPerson(
  request: HttpRequest,
  deps: ServeDeps,
  [id = '']: readonly string[],
): Promise<HttpResponse> {
  const declaring = readDeclaring(request, 'unbind', deps);
  if (declaring.timestamp !== undefined) {
    throw new RequestError(400, 'invalid_field', '/timestamp: A split counts from now on; leave the time out.');
  }
  const { person, component, first_seen } = await personById(id, deps);
  const stranger = declaring.keys.find((key) => !person.members.includes(key));
  if (stranger !== undefined) {
    const message = `${stranger.slice(0, 120)} is not in this person, whose identifiers GET /api/persons/${person.one_id} lists.`;
    throw new RequestError(409, 'not_in_person', message);
  }
  const cut = new Set(declaring.keys);
  if (cut.size === person.members.length) {
    throw new RequestError(409, 'nothing_remains', 'These are all its identifiers; name those that are to leave.');
  }
  const evidence = component?.evidence ?? [];
  const pairs = pairsToPart({ members: person.members, firstSeen: first_seen, evidence }, cut, deps.rules);
  if (pairs.length > MAX_PAIRS) {
    const message = `That parts ${pairs.length} pairs; at most ${MAX_PAIRS} go at once. Name fewer identifiers, or release each with POST /api/identity/unbind.`;
    throw new RequestError(409, 'too_many_pairs', message);
  }
  const events = pairs.map((identifiers, n) =>
    eventOf(declaring, { type: 'unbind', messageId: `${declaring.id}.${n + 1}`, identifiers }),
  );
  const received_at = await takeIn(events, deps);
  const { by, reason, keys } = declaring;
  const parted = events.map(({ messageId }, n) => ({ event_id: messageId, identifiers: pairs[n] }));
  return jsonResponse(202, {
    action: 'split',
    one_id: person.one_id,
    identifiers: keys,
    by,
    reason,
    received_at,
    parted,
  });
}
