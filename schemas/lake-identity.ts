import { column, type LakeTable } from './lake-table.ts';

export const IDENTITY_MAP: LakeTable = {
  name: 'identity_map',
  ingest_column: 'valid_from',
  pii: true,
  retention_days: 3650,
  erasure: 'delete_by_owner',
  columns: [
    column('owner', 'varchar', 'identifier key'),
    column('one_id', 'varchar', 'the person it belongs to from valid_from on'),
    column('shared', 'boolean', 'the identifier is shared by several people and joins nothing'),
    column('valid_from', 'timestamp', 'when this became so, UTC'),
    column('seq', 'bigint', 'orders changes of one owner that share a valid_from'),
  ],
};

export const PERSON_CHANGES: LakeTable = {
  name: 'person_changes',
  ingest_column: 'changed_at',
  pii: true,
  retention_days: 3650,
  erasure: 'delete_by_one_id',
  columns: [
    column('change_id', 'varchar', 'idempotency key; the same on the event bus'),
    column('change', 'varchar', 'person.created, person.merged or person.split'),
    column('one_id', 'varchar', 'the person that came to be, or that another was merged into'),
    column('other_one_id', 'varchar', 'merged: the id that is no longer current; split: the person it came out of'),
    column('losers', 'varchar', 'JSON array: every id ever given that now leads to one_id; merged only'),
    column('changed_at', 'timestamp', 'when it was decided, UTC'),
  ],
};

export const AUDIT: LakeTable = {
  name: 'audit',
  ingest_column: 'received_at',
  pii: true,
  retention_days: 1825,
  erasure: 'delete_by_owner',
  columns: [
    column('audit_id', 'varchar', 'hash of source, owner and event id'),
    column('occurred_at', 'timestamp', 'when it was declared, UTC'),
    column('received_at', 'timestamp', 'when it was acknowledged, UTC'),
    column('action', 'varchar', 'bind, unbind, merge, unmerge, split or match'),
    column('actor', 'varchar', 'who is answerable: the caller of the API, or source:<source_id>'),
    column('why', 'varchar', 'the reason given; personal values as tokens'),
    column('identifiers', 'varchar', 'JSON array of identifier keys that it was about'),
    column('owner', 'varchar', 'key of the strongest of them; join identity_map on it'),
    column('event_id', 'varchar', 'the event that carried it, and the evidence that it became'),
    column('source_id', 'varchar', 'operators for the API, else the source that sent it'),
    column('confidence', 'double', 'how sure the model was, 0 to 1; match only'),
    column('model', 'varchar', 'version of the model; match only'),
    column('outcome', 'varchar', 'taken_in: it is evidence from then on; what it joined or parted, explain tells'),
  ],
};

export const MATCH_REVIEWS: LakeTable = {
  name: 'match_reviews',
  ingest_column: 'updated_at',
  pii: true,
  retention_days: 1825,
  erasure: 'none',
  columns: [
    column('review_id', 'varchar', 'hash of the two identifiers'),
    column('status', 'varchar', 'open, or settled by other evidence; in the view also accepted or rejected'),
    column('a', 'varchar', 'key of the strongest identifier of the one person; join identity_map on it'),
    column('b', 'varchar', 'the same of the other; a < b'),
    column('confidence', 'double', 'how sure the model was, 0 to 1'),
    column('model', 'varchar', 'version of the model'),
    column('reason', 'varchar', 'what spoke for it, in words'),
    column('found_at', 'timestamp', 'when the model found it, UTC'),
    column('updated_at', 'timestamp', 'UTC'),
    column('seq', 'bigint', 'orders rows of one review'),
  ],
};
