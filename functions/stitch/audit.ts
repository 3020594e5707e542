import type { CleanEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { shortHash } from '../shared/hash.ts';
import { identifierKey } from '../shared/identifiers.ts';

/**
 * Lake row of an event that declares something about identity: who did what to which identifiers, and why. The same event
 * always gives the same row, so a repeated one changes nothing. `undefined` for events that declare nothing.
 */
export function auditRow(event: CleanEvent): LakeRow | undefined {
  const { declared } = event;
  if (declared === undefined) return undefined;
  return {
    audit_id: `au_${shortHash(`${event.source_id}|${event.owner}|${event.event_id}`)}`,
    occurred_at: event.occurred_at,
    received_at: event.received_at,
    action: event.type,
    actor: declared.by,
    why: declared.why,
    identifiers: JSON.stringify(event.identifiers.map(identifierKey)),
    owner: event.owner,
    event_id: event.event_id,
    source_id: event.source_id,
    confidence: declared.confidence ?? null,
    model: declared.model ?? null,
    outcome: 'taken_in',
  };
}

/** The audit rows of the events of a batch that have one. */
export const auditRows = (events: readonly CleanEvent[]): LakeRow[] =>
  events.map(auditRow).filter((row) => row !== undefined);
