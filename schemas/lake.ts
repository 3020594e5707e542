/**
 * The lake's tables. One description, from which come the Parquet columns (embedded), the Glue tables (AWS) and the
 * documentation. Column types are the subset that Trino and DuckDB share.
 */
export type ColumnType = 'varchar' | 'timestamp' | 'date' | 'bigint' | 'boolean' | 'double';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
}

export interface LakeTable {
  readonly name: string;
  /** Timestamp column whose UTC date is the partition `ingest_day`. */
  readonly ingest_column: string;
  readonly pii: boolean;
  readonly retention_days: number;
  readonly erasure: 'delete_by_owner' | 'delete_by_one_id' | 'none';
  readonly columns: readonly Column[];
}

const column = (name: string, type: ColumnType, comment: string): Column => ({ name, type, comment });

export const EVENTS: LakeTable = {
  name: 'events',
  ingest_column: 'received_at',
  pii: true,
  retention_days: 730,
  erasure: 'delete_by_owner',
  columns: [
    column('event_id', 'varchar', "the client's message id, or a content hash"),
    column('type', 'varchar', 'track, identify, page, screen, group, alias, or one of those in audit'),
    column('name', 'varchar', 'event, page or screen name'),
    column('channel', 'varchar', 'web, app, miniprogram, store, crm, service …'),
    column('source_id', 'varchar', 'the source that sent it'),
    column('verified', 'boolean', 'sent with a secret key or a signature'),
    column('occurred_at', 'timestamp', 'skew-corrected event time, UTC'),
    column('received_at', 'timestamp', 'when the collector acknowledged it, UTC'),
    column('local_date', 'date', 'calendar date in the time zone of the event'),
    column('owner', 'varchar', 'key of the strongest identifier; join identity_map on it'),
    column('identifiers', 'varchar', 'JSON array of identifiers; personal values as tokens'),
    column('properties', 'varchar', 'JSON object'),
    column('traits', 'varchar', 'JSON object'),
    column('context', 'varchar', 'JSON object'),
    column('consent', 'varchar', 'JSON object: purpose to boolean'),
    column('flags', 'varchar', 'JSON array of remarks from the reasons registry'),
    column('mapping_version', 'bigint', 'version of the field mapping'),
    column('session', 'varchar', 'login or logout, where the event is one'),
  ],
};

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

export const PROFILES: LakeTable = {
  name: 'profiles',
  ingest_column: 'updated_at',
  pii: true,
  retention_days: 3650,
  erasure: 'delete_by_one_id',
  columns: [
    column('one_id', 'varchar', 'the person'),
    column('shared', 'boolean', 'a shared identifier, not a human being'),
    column('first_seen', 'timestamp', 'UTC'),
    column('last_seen', 'timestamp', 'UTC'),
    column('events', 'bigint', 'events of all identifiers'),
    column('identifiers', 'varchar', 'JSON array of identifier keys'),
    column('basic', 'varchar', 'JSON object of declared traits'),
    column('tags', 'varchar', 'JSON object of tag values'),
    column('consents', 'varchar', 'JSON object'),
    column('active', 'boolean', 'false once merged into another person'),
    column('updated_at', 'timestamp', 'UTC'),
    column('seq', 'bigint', 'orders rows of one person'),
  ],
};

export const QUARANTINE: LakeTable = {
  name: 'quarantine',
  ingest_column: 'first_seen',
  pii: true,
  retention_days: 30,
  erasure: 'none',
  columns: [
    column('quarantine_id', 'varchar', 'hash of source, bytes and reason; replaying is idempotent'),
    column('source_id', 'varchar', 'the source that sent it'),
    column('stage', 'varchar', 'collect, clean or stitch'),
    column('reason', 'varchar', 'from the reasons registry'),
    column('field', 'varchar', 'JSON pointer of the offending field'),
    column('detail', 'varchar', 'what was wrong and what was expected'),
    column('first_seen', 'timestamp', 'UTC'),
    column('event_id', 'varchar', 'message id where there was one'),
    column('event_name', 'varchar', 'event name where there was one'),
    column('route', 'varchar', 'the route to feed it in again'),
    column('original', 'varchar', 'original bytes'),
    column('status', 'varchar', 'open, or replayed once a replay succeeded'),
    column('seq', 'bigint', 'orders rows of one quarantine_id'),
  ],
};

export const DECISIONS: LakeTable = {
  name: 'decisions',
  ingest_column: 'decided_at',
  pii: true,
  retention_days: 1095,
  erasure: 'delete_by_one_id',
  columns: [
    column('decision_id', 'varchar', 'idempotency key of the decision'),
    column('campaign', 'varchar', 'campaign id'),
    column('campaign_version', 'bigint', 'version of the definition'),
    column('one_id', 'varchar', 'the person at decision time'),
    column('subject', 'varchar', 'triggering group, e.g. the product'),
    column('outcome', 'varchar', 'sent or not_sent'),
    column('reason', 'varchar', 'from the reasons registry'),
    column('due_at', 'timestamp', 'UTC'),
    column('decided_at', 'timestamp', 'UTC'),
    column('send_id', 'varchar', 'when sent'),
    column('channel', 'varchar', 'outbox or webhook'),
    column('facts', 'varchar', 'JSON object'),
  ],
};

export const AUDIT: LakeTable = {
  name: 'audit',
  ingest_column: 'received_at',
  pii: true,
  retention_days: 1825,
  erasure: 'delete_by_owner',
  columns: [
    column('audit_id', 'varchar', 'hash of owner and event id'),
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

export const LAKE_TABLES: readonly LakeTable[] = [
  EVENTS,
  IDENTITY_MAP,
  PROFILES,
  QUARANTINE,
  DECISIONS,
  AUDIT,
  MATCH_REVIEWS,
  PERSON_CHANGES,
];
export type LakeTableName =
  | 'events'
  | 'identity_map'
  | 'profiles'
  | 'quarantine'
  | 'decisions'
  | 'audit'
  | 'match_reviews'
  | 'person_changes';

/** A row: column name to value. Timestamps are ISO 8601 UTC with milliseconds; JSON columns are strings. */
export type LakeRow = Record<string, string | number | boolean | null>;
