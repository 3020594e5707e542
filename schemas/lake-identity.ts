import { column, type LakeTable, personal, tokens } from './lake-table.ts';

export const IDENTITY_MAP: LakeTable = {
  name: 'identity_map',
  comment: 'whose each identifier became, and when',
  ingest_column: 'valid_from',
  row_key: ['owner', 'valid_from', 'seq', 'one_id'],
  pii: true,
  retention_days: 3650,
  erasure: 'delete_by_owner',
  columns: [
    tokens(column('owner', 'varchar', 'identifier key')),
    tokens(column('one_id', 'varchar', 'the person it belongs to from valid_from on')),
    column('shared', 'boolean', 'the identifier is shared by several people and joins nothing'),
    column('valid_from', 'timestamp', 'when this became so, UTC'),
    column('seq', 'bigint', 'orders changes of one owner that share a valid_from'),
  ],
};

export const PERSON_CHANGES: LakeTable = {
  name: 'person_changes',
  comment: 'which persons came to be, were merged or split',
  ingest_column: 'changed_at',
  // A change that is told again may name more losers.
  row_key: ['change_id', 'losers'],
  pii: true,
  retention_days: 3650,
  erasure: 'delete_by_one_id',
  columns: [
    column('change_id', 'varchar', 'idempotency key; the same on the event bus'),
    column('change', 'varchar', 'person.created, person.merged or person.split'),
    tokens(column('one_id', 'varchar', 'the person that came to be, or that another was merged into')),
    tokens(
      column('other_one_id', 'varchar', 'merged: the id that is no longer current; split: the person it came out of'),
    ),
    tokens(column('losers', 'varchar', 'JSON array: every id ever given that now leads to one_id; merged only')),
    column('changed_at', 'timestamp', 'when it was decided, UTC'),
  ],
};

export const AUDIT: LakeTable = {
  name: 'audit',
  comment: 'who declared what about identity, and why',
  ingest_column: 'received_at',
  row_key: ['audit_id'],
  pii: true,
  retention_days: 1825,
  erasure: 'delete_by_owner',
  columns: [
    column('audit_id', 'varchar', 'hash of source, owner and event id'),
    column('occurred_at', 'timestamp', 'when it was declared, UTC'),
    column('received_at', 'timestamp', 'when it was acknowledged, UTC'),
    column('action', 'varchar', 'bind, unbind, merge, unmerge, split or match'),
    personal(column('actor', 'varchar', 'who is answerable: the caller of the API, or source:<source_id>')),
    personal(column('why', 'varchar', 'the reason given; personal values as tokens')),
    tokens(column('identifiers', 'varchar', 'JSON array of identifier keys that it was about')),
    tokens(column('owner', 'varchar', 'key of the strongest of them; join identity_map on it')),
    column('event_id', 'varchar', 'the event that carried it, and the evidence that it became'),
    column('source_id', 'varchar', 'operators for the API, else the source that sent it'),
    column('confidence', 'double', 'how sure the model was, 0 to 1; match only'),
    column('model', 'varchar', 'version of the model; match only'),
    column('outcome', 'varchar', 'taken_in: it is evidence from then on; what it joined or parted, explain tells'),
  ],
};

export const MATCH_REVIEWS: LakeTable = {
  name: 'match_reviews',
  comment: 'pairs of persons that a model found alike',
  ingest_column: 'updated_at',
  row_key: ['review_id', 'seq'],
  pii: true,
  retention_days: 1825,
  erasure: 'delete_by_pair',
  columns: [
    column('review_id', 'varchar', 'hash of the two identifiers'),
    column('status', 'varchar', 'open, or settled by other evidence; in the view also accepted or rejected'),
    tokens(column('a', 'varchar', 'key of the strongest identifier of the one person; join identity_map on it')),
    tokens(column('b', 'varchar', 'the same of the other; a < b')),
    column('confidence', 'double', 'how sure the model was, 0 to 1'),
    column('model', 'varchar', 'version of the model'),
    column('reason', 'varchar', 'what spoke for it, in words'),
    column('found_at', 'timestamp', 'when the model found it, UTC'),
    column('updated_at', 'timestamp', 'UTC'),
    column('seq', 'bigint', 'orders rows of one review'),
  ],
};
