import type { Evidence } from '../../../schemas/evidence.ts';

/** Negative evidence keeps its two identifiers in different persons. */
export const isNegative = (evidence: Evidence): boolean => evidence.kind === 'unbind' || evidence.kind === 'split';

/** What neither a public key nor a model can make: a server saw it, or somebody answerable said so. */
export const isTrusted = ({ kind, verified }: Evidence): boolean =>
  kind === 'manual' || (verified && kind !== 'probabilistic');

/** Orders text by code unit: the one order that does not depend on a locale. */
export const compareText = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

/** The same edge with `a` < `b`, so that an edge has one spelling whichever end was named first. */
export function normaliseEvidence(evidence: Evidence): Evidence {
  return evidence.a <= evidence.b ? evidence : { ...evidence, a: evidence.b, b: evidence.a };
}

/** Identifier values may hold the separator; unescaped, two different edges could be made to look like one. */
const escaped = (part: string): string => (/[\\|]/.test(part) ? part.replace(/[\\|]/g, '\\$&') : part);

/** What makes two pieces of evidence the same edge, as `a|b|kind|verified|source_id`. Expects normalised evidence. */
export function evidenceKey(evidence: Evidence): string {
  const { a, b, kind, verified, source_id } = evidence;
  return `${escaped(a)}|${escaped(b)}|${kind}|${verified}|${escaped(source_id)}`;
}

const isEarlier = (x: Evidence, y: Evidence): boolean =>
  x.first_seen < y.first_seen || (x.first_seen === y.first_seen && x.event_id < y.event_id);

/** Orders what was said last: by its time, then by confidence and model, so that equal times have one answer. */
const saidLater = (x: Evidence, y: Evidence): number =>
  compareText(x.last_seen ?? '', y.last_seen ?? '') ||
  x.confidence - y.confidence ||
  compareText(x.model ?? '', y.model ?? '');

/**
 * Folds two sightings of one edge (same `evidenceKey`) into one: the earliest sighting with its event, and of what was
 * declared (`last_seen`, confidence, model) the latest; where nothing was declared, the greatest confidence. Commutative,
 * associative and idempotent, so delivery order and repeats do not matter.
 */
export function mergeEvidence(x: Evidence, y: Evidence): Evidence {
  const earlier = isEarlier(y, x) ? y : x;
  const latest = saidLater(x, y) >= 0 ? x : y;
  if (saidLater(earlier, latest) === 0) return earlier;
  const { last_seen: _time, model: _model, ...sighting } = earlier;
  const { confidence, last_seen, model } = latest;
  return {
    ...sighting,
    confidence,
    ...(last_seen === undefined ? {} : { last_seen }),
    ...(model === undefined ? {} : { model }),
  };
}

/** One piece of evidence per `evidenceKey`, normalised. */
export function distinctEvidence(evidence: Iterable<Evidence>): Map<string, Evidence> {
  const distinct = new Map<string, Evidence>();
  for (const given of evidence) {
    const edge = normaliseEvidence(given);
    const key = evidenceKey(edge);
    const known = distinct.get(key);
    distinct.set(key, known === undefined ? edge : mergeEvidence(known, edge));
  }
  return distinct;
}
