import type { Evidence } from '../../../schemas/evidence.ts';
import { isNegative } from './evidence.ts';
import type { Refusal } from './resolution.ts';
import type { CompiledRules } from './rules.ts';

/** Why an edge does not count, though it was recorded. */
export interface Voided {
  readonly reason: Extract<Refusal, 'unsure' | 'retracted' | 'released'>;
  readonly detail: string;
}

/** What declarations make of the evidence: which of it counts. */
export interface Standing {
  /** Does this `unbind` or `split` still hold? */
  holds(negative: Evidence): boolean;
  /** Why this joining edge does not count; undefined when it does. */
  voided(positive: Evidence): Voided | undefined;
}

/** What has been declared about one pair of identifiers: the latest time of each sort, '' for never. */
interface Declared {
  retracted: string;
  /** Verified `bind` and `manual`. */
  joined: string;
  /** Released, where the pair is one identifier with itself. */
  released: string;
}

/** When a declaration was last made. */
const saidAt = (edge: Evidence): string => edge.last_seen ?? edge.first_seen;

const isDeclared = ({ kind }: Evidence): boolean => kind === 'bind' || kind === 'manual';

const later = (x: string, y: string): string => (x > y ? x : y);

const COUNTS: Standing = { holds: () => true, voided: () => undefined };

/** Of the pairs with a released end: when anybody first named the two together, in whatever way that joins, and did not take it back. */
function firstNamedOf(
  evidence: readonly Evidence[],
  { isReleased, isRetracted }: { isReleased: (key: string) => boolean; isRetracted: (edge: Evidence) => boolean },
): Map<string, Map<string, string>> {
  const first = new Map<string, Map<string, string>>();
  for (const edge of evidence) {
    const { a, b, first_seen } = edge;
    if (isNegative(edge) || edge.kind === 'retract' || !(isReleased(a) || isReleased(b)) || isRetracted(edge)) continue;
    const row = first.get(a) ?? new Map<string, string>();
    first.set(a, row);
    const known = row.get(b);
    if (known === undefined || first_seen < known) row.set(b, first_seen);
  }
  return first;
}

/**
 * Weighs declarations by time: of two about the same pair the later counts, and a `retract` takes back what was declared
 * before it, so that a merge and its retraction leave exactly what there was. A joining declaration lifts an older `unbind` or
 * `split` only when it is verified. An identifier that was released keeps nothing that it was said to belong with before: what
 * was observed of a pair, by whomever, counts by the first time that anybody named the two together, or a nightly import of old
 * data, or a second system that still has it, would bring it back.
 *
 * Depends on the set of evidence alone, and for each edge only on evidence about its own pair and on releases of its
 * two ends.
 * @param evidence distinct and normalised
 */
export function standingOf(evidence: Iterable<Evidence>, rules: CompiledRules): Standing {
  const pairs = new Map<string, Map<string, Declared>>();
  const threshold = rules.rules.probabilistic?.analytics ?? 0;
  const about = (a: string, b: string): Declared => {
    const row = pairs.get(a) ?? new Map<string, Declared>();
    pairs.set(a, row);
    const declared = row.get(b) ?? { retracted: '', joined: '', released: '' };
    row.set(b, declared);
    return declared;
  };
  const joins: Evidence[] = [];
  const all = [...evidence];
  for (const edge of all) {
    if (edge.kind === 'retract') {
      const declared = about(edge.a, edge.b);
      declared.retracted = later(declared.retracted, saidAt(edge));
    } else if (edge.kind === 'unbind' && edge.a === edge.b) {
      const declared = about(edge.a, edge.b);
      declared.released = later(declared.released, saidAt(edge));
    } else if (isDeclared(edge) && edge.verified) joins.push(edge);
  }
  if (pairs.size === 0 && joins.length === 0 && threshold === 0) return COUNTS;
  for (const edge of joins) {
    const declared = about(edge.a, edge.b);
    if (saidAt(edge) > declared.retracted) declared.joined = later(declared.joined, saidAt(edge));
  }

  const releasedAt = (key: string): string => {
    const own = pairs.get(key)?.get(key);
    return own !== undefined && own.released > own.retracted ? own.released : '';
  };
  const retractedAt = (edge: Evidence): string =>
    isDeclared(edge) ? (pairs.get(edge.a)?.get(edge.b)?.retracted ?? '') : '';
  const isRetracted = (edge: Evidence): boolean => retractedAt(edge) !== '' && saidAt(edge) <= retractedAt(edge);
  const firstNamed = firstNamedOf(all, { isReleased: (key) => releasedAt(key) !== '', isRetracted });
  const holds = (edge: Evidence): boolean => {
    const declared = pairs.get(edge.a)?.get(edge.b);
    return declared === undefined || (saidAt(edge) > declared.retracted && saidAt(edge) >= declared.joined);
  };
  const voided = (edge: Evidence): Voided | undefined => {
    if (edge.kind === 'probabilistic' && edge.confidence < threshold) {
      const detail = `the model is ${edge.confidence} sure that ${edge.a} and ${edge.b} are one person; ${threshold} is asked`;
      return { reason: 'unsure', detail };
    }
    if (pairs.size === 0) return undefined;
    if (isRetracted(edge)) {
      const detail = `what was declared of ${edge.a} and ${edge.b} was taken back at ${retractedAt(edge)}`;
      return { reason: 'retracted', detail };
    }
    const [a, b] = [releasedAt(edge.a), releasedAt(edge.b)];
    const released = later(a, b);
    if (released === '') return undefined;
    const said = isDeclared(edge) ? saidAt(edge) : (firstNamed.get(edge.a)?.get(edge.b) ?? edge.first_seen);
    if (said > released) return undefined;
    return {
      reason: 'released',
      detail: `${a >= b ? edge.a : edge.b} was released at ${released} from what it was seen with before`,
    };
  };
  return { holds, voided };
}

/** May this edge say that two values of one strong type are the same thing: two member numbers of one member? */
export const declaresSame = (edge: Evidence): boolean => edge.kind === 'manual' && edge.verified;
