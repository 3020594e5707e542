import type { QuarantinedEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';

/** Lake row of a quarantined event. The latest row of an id tells its status. */
export const quarantineRow = (item: QuarantinedEvent, status: 'open' | 'replayed', seq: number): LakeRow => ({
  quarantine_id: item.quarantine_id,
  source_id: item.source_id,
  stage: item.stage,
  reason: item.reason,
  field: item.field,
  detail: item.detail,
  first_seen: item.first_seen,
  event_id: item.event_id ?? null,
  event_name: item.event_name ?? null,
  route: item.route,
  original: item.original,
  status,
  seq,
});
