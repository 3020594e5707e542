import type { MatchReview } from '../../../schemas/match.ts';
import { shortHash } from '../hash.ts';
import { type CompiledRules, normaliseEvidence, resolve } from '../identity/resolve.ts';
import { readKey } from '../identity/rules.ts';
import type { PersonState } from '../person/read.ts';
import type { Waterfall } from './score.ts';
import { thresholdsOf } from './thresholds.ts';

/** Event that says that a model found two identifiers alike. */
export interface MatchEvent {
  readonly type: 'match';
  readonly identifiers: readonly [string, string];
  readonly confidence: number;
  readonly model: string;
  readonly reason: string;
  /** Hash of all the rest: said again it is a duplicate, and said otherwise another event. */
  readonly messageId: string;
}

/** What becomes of a pair. Pairs of which nothing becomes have none. */
export type Proposal =
  | { readonly kind: 'link'; readonly event: MatchEvent }
  | { readonly kind: 'review'; readonly review: MatchReview };

/**
 * The identifier by which a person is linked: its strongest, so that the link lasts when weak ones are found to be shared.
 * Undefined for persons that may not be joined at all.
 */
export function anchorOf({ person }: PersonState, rules: CompiledRules): string | undefined {
  if (person.shared) return undefined;
  const rank = (key: string): number => {
    const reading = readKey(key, rules);
    return reading.ok ? reading.rule.priority : Number.POSITIVE_INFINITY;
  };
  const [best] = [...person.members].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return best !== undefined && Number.isFinite(rank(best)) ? best : undefined;
}

/**
 * Whether the link would join all that the two persons hold. Asked of `resolve` itself, with the link as sure as can be, so
 * that whatever keeps people apart is respected: a split, two values of a unique type, a limit, a shared identifier.
 */
export function mayJoin(a: PersonState, b: PersonState, rules: CompiledRules): boolean {
  const [from, to] = [anchorOf(a, rules), anchorOf(b, rules)];
  if (from === undefined || to === undefined || a.person.one_id === b.person.one_id) return false;
  const states = [a, b];
  const first_seen = states.map((state) => state.first_seen[state.person.founder] ?? '').sort()[1] ?? '';
  const link = normaliseEvidence({
    a: from,
    b: to,
    kind: 'probabilistic',
    verified: true,
    confidence: 1,
    first_seen,
    source_id: 'matching',
    event_id: 'match',
  });
  const evidence = [link, ...states.flatMap(({ component }) => component?.evidence ?? [])];
  const sightings = states.flatMap(({ component, first_seen: seen }) => Object.entries(component?.sightings ?? seen));
  const { persons } = resolve(
    evidence,
    sightings.map(([key, at]) => ({ key, first_seen: at })),
    rules,
  );
  const joined = new Set(persons.find(({ members }) => members.includes(from))?.members);
  return states.every(({ person }) => person.members.every((key) => joined.has(key)));
}

const MAX_NAMED = 5;
const MAX_REASON_CHARS = 500;

/** What speaks for a pair, in words and without values: "name (last), birthday and city agree". */
export function reasonOf({ contributions }: Waterfall): string {
  const weight = ({ bits, frequencyBits }: Waterfall['contributions'][number]): number => bits + frequencyBits;
  const named = contributions
    .filter((one) => weight(one) > 0)
    .sort((a, b) => weight(b) - weight(a))
    .slice(0, MAX_NAMED)
    .map(({ comparison }) => comparison.replaceAll('_', ' '));
  const last = named.pop() ?? 'nothing';
  const list = named.length === 0 ? last : `${named.join(', ')} and ${last}`;
  return `${list} agree${named.length === 0 ? 's' : ''}.`.slice(0, MAX_REASON_CHARS);
}

/** Six digits: more are noise, and make one score look like two. */
const rounded = (probability: number): number => Math.round(probability * 1e6) / 1e6;

/**
 * What to do with two persons of this score: a link from the threshold of analytics on, a review from that of review on,
 * nothing below it, nor where evidence keeps them apart. `doubtful` pairs are for a human however high their score. The same
 * pair and score give the same ids.
 */
export function propose(
  [one, other]: readonly [PersonState, PersonState],
  score: Waterfall,
  context: {
    readonly rules: CompiledRules;
    readonly model: string;
    /** Epoch ms. */
    readonly now: number;
    readonly doubtful?: boolean;
  },
): Proposal | undefined {
  const { rules, model, now, doubtful = false } = context;
  const { review, analytics } = thresholdsOf(rules.rules);
  const confidence = rounded(score.probability);
  if (confidence < review || !mayJoin(one, other, rules)) return undefined;
  const [a = '', b = ''] = [anchorOf(one, rules) ?? '', anchorOf(other, rules) ?? ''].sort();
  const reason = reasonOf(score);
  if (confidence >= analytics && !doubtful) {
    const said = { type: 'match', identifiers: [a, b], confidence, model, reason } as const;
    return { kind: 'link', event: { ...said, messageId: `match_${shortHash(JSON.stringify(said))}` } };
  }
  const review_id = shortHash(JSON.stringify(['review', a, b]));
  const waterfall = { ...score, contributions: [...score.contributions] };
  const found_at = new Date(now).toISOString();
  return {
    kind: 'review',
    review: { review_id, status: 'open', a, b, confidence, model, reason, waterfall, found_at },
  };
}
