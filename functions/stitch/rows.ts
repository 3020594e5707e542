import type { CleanEvent, QuarantinedEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import type { Finding } from '../../schemas/reasons.ts';
import { shortHash } from '../shared/hash.ts';
import type { StreamRecord } from '../shared/kinesis-batch.ts';
import type { IdentityMove } from '../shared/person/docs.ts';
import { quarantineRow as toQuarantineRow } from '../shared/quarantine-row.ts';
import { encodeOriginal, foldOriginal } from '../shared/raw-record.ts';

/** Lake row of an event. Identity is not baked in: it carries its owner. */
export const eventRow = (event: CleanEvent): LakeRow => ({
  event_id: event.event_id,
  type: event.type,
  name: event.name,
  channel: event.channel,
  source_id: event.source_id,
  verified: event.verified,
  occurred_at: event.occurred_at,
  received_at: event.received_at,
  local_date: event.local_date,
  owner: event.owner,
  identifiers: JSON.stringify(event.identifiers),
  properties: JSON.stringify(event.properties),
  traits: JSON.stringify(event.traits),
  context: JSON.stringify(event.context),
  consent: JSON.stringify(event.consent),
  flags: JSON.stringify(event.flags),
  mapping_version: event.mapping_version,
  session: event.session ?? null,
  request_id: event.request_id ?? null,
});

/** Lake row that says to whom an identifier belongs from then on. */
export const identityRow = (move: IdentityMove): LakeRow => ({
  owner: move.key,
  one_id: move.one_id,
  shared: move.shared,
  valid_from: move.at,
  seq: move.seq,
});

/** Lake row of an event that stitch could not apply. What clean made of it stands for the original bytes. */
export function quarantineRow(event: CleanEvent, finding: Finding, at: string): LakeRow {
  const original = JSON.stringify(event);
  const item: QuarantinedEvent = {
    quarantine_id: shortHash(`${event.source_id}|${finding.reason}|${event.event_id}|${event.body_hash}`),
    source_id: event.source_id,
    stage: 'stitch',
    reason: finding.reason,
    field: finding.field,
    detail: finding.detail,
    first_seen: at,
    event_id: event.event_id,
    event_name: event.name,
    route: 'clean',
    original,
  };
  return toQuarantineRow(item, 'open', 0);
}

/** Lake row of a stream record that is not what clean writes: nobody can say whose events are in it. */
export function unreadableRow({ bytes, arrived_at }: StreamRecord, kind: string): LakeRow {
  const original = encodeOriginal(bytes);
  const item: QuarantinedEvent = {
    quarantine_id: shortHash(`unreadable_record|${original}`),
    source_id: 'unknown',
    stage: 'stitch',
    reason: 'unreadable_record',
    field: '',
    detail: `The clean record cannot be read: ${kind}.`,
    first_seen: arrived_at,
    route: 'unknown',
    original: foldOriginal(original),
  };
  return toQuarantineRow(item, 'open', 0);
}
