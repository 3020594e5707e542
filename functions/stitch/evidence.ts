import type { CleanEvent } from '../../schemas/event.ts';
import type { Evidence, EvidenceKind } from '../../schemas/evidence.ts';
import { shortHash } from '../shared/hash.ts';
import { identifierKey } from '../shared/identifiers.ts';

/** What one event says about identity. */
export interface EventEvidence {
  /** Identifier keys, owner first. */
  readonly keys: readonly string[];
  /** Name of this combination of identifiers, source and kind: known combinations need no further look. */
  readonly group: string;
}

const kindOf = (event: CleanEvent): EvidenceKind => {
  if (event.type === 'alias') return 'bind';
  if (event.type !== 'identify') return 'same_event';
  return event.verified ? 'import' : 'login';
};

/** The identifiers of an event and the name of their combination. Cheap: it is computed for every event. */
export function evidenceOf(event: CleanEvent): EventEvidence {
  const keys = event.identifiers.map(identifierKey);
  if (keys.length === 1) return { keys, group: '' };
  return { keys, group: shortHash(`${kindOf(event)}|${event.source_id}|${event.verified}|${keys.join('|')}`, 11) };
}

/**
 * The edges of an event: every pair of its identifiers, since each pair was seen together. Should one identifier later
 * be cut out (a recycled phone number), the others stay joined.
 */
export function edgesOf(event: CleanEvent, keys: readonly string[]): Evidence[] {
  const edges: Evidence[] = [];
  const kind = kindOf(event);
  for (const [index, x] of keys.entries()) {
    for (const y of keys.slice(index + 1)) {
      if (x === y) continue;
      const [a, b] = x < y ? [x, y] : [y, x];
      edges.push({
        a,
        b,
        kind,
        verified: event.verified,
        confidence: 1,
        first_seen: event.occurred_at,
        source_id: event.source_id,
        event_id: event.event_id,
      });
    }
  }
  return edges;
}
