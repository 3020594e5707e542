import { AUDIT, IDENTITY_MAP, MATCH_REVIEWS, PERSON_CHANGES } from './lake-identity.ts';
import { column, type LakeTable, personal, tokens } from './lake-table.ts';

/**
 * The lake's tables. One description, from which come the Parquet columns (embedded), the Glue tables (AWS) and the
 * documentation.
 */
export { AUDIT, IDENTITY_MAP, MATCH_REVIEWS, PERSON_CHANGES } from './lake-identity.ts';
export type { Classification, Column, ColumnType, LakeTable } from './lake-table.ts';
export { classificationOf, erasureColumns } from './lake-table.ts';

export const EVENTS: LakeTable = {
  name: 'events',
  comment: 'one row per event that was accepted and understood',
  ingest_column: 'received_at',
  row_key: ['owner', 'source_id', 'event_id'],
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
    tokens(column('owner', 'varchar', 'key of the strongest identifier; join identity_map on it')),
    tokens(column('identifiers', 'varchar', 'JSON array of identifiers; personal values as tokens')),
    personal(column('properties', 'varchar', 'JSON object')),
    personal(column('traits', 'varchar', 'JSON object')),
    personal(column('context', 'varchar', 'JSON object')),
    column('consent', 'varchar', 'JSON object: purpose to boolean'),
    column('flags', 'varchar', 'JSON array of remarks from the reasons registry'),
    column('mapping_version', 'bigint', 'version of the field mapping'),
    column('session', 'varchar', 'login or logout, where the event is one'),
    column('request_id', 'varchar', 'the request that brought it, as the log of the API names it'),
  ],
};

export const PROFILES: LakeTable = {
  name: 'profiles',
  comment: 'what was known of a person, each time it changed',
  ingest_column: 'updated_at',
  row_key: ['one_id', 'updated_at', 'seq'],
  pii: true,
  retention_days: 3650,
  erasure: 'delete_by_one_id',
  columns: [
    tokens(column('one_id', 'varchar', 'the person')),
    column('shared', 'boolean', 'a shared identifier, not a human being'),
    column('first_seen', 'timestamp', 'UTC'),
    column('last_seen', 'timestamp', 'UTC'),
    column('events', 'bigint', 'events of all identifiers'),
    tokens(column('identifiers', 'varchar', 'JSON array of identifier keys')),
    personal(column('basic', 'varchar', 'JSON object of declared traits')),
    personal(column('tags', 'varchar', 'JSON object of tag values')),
    column('consents', 'varchar', 'JSON object'),
    column('active', 'boolean', 'false once merged into another person'),
    column('updated_at', 'timestamp', 'UTC'),
    column('seq', 'bigint', 'orders rows of one person'),
  ],
};

export const QUARANTINE: LakeTable = {
  name: 'quarantine',
  comment: 'what was accepted and did not become an event, and why',
  ingest_column: 'first_seen',
  row_key: ['quarantine_id', 'seq'],
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
    personal(column('original', 'varchar', 'original bytes')),
    column('status', 'varchar', 'open, or replayed once a replay succeeded'),
    column('seq', 'bigint', 'orders rows of one quarantine_id'),
  ],
};

export const DECISIONS: LakeTable = {
  name: 'decisions',
  comment: 'what each campaign decided for each person',
  ingest_column: 'decided_at',
  row_key: ['decision_id'],
  pii: true,
  retention_days: 1095,
  erasure: 'delete_by_one_id',
  columns: [
    column('decision_id', 'varchar', 'idempotency key of the decision'),
    column('campaign', 'varchar', 'campaign id'),
    column('campaign_version', 'bigint', 'version of the definition'),
    tokens(column('one_id', 'varchar', 'the person at decision time')),
    column('subject', 'varchar', 'triggering group, e.g. the product'),
    column('outcome', 'varchar', 'sent or not_sent'),
    column('reason', 'varchar', 'from the reasons registry'),
    column('due_at', 'timestamp', 'UTC'),
    column('decided_at', 'timestamp', 'UTC'),
    column('send_id', 'varchar', 'when sent'),
    column('channel', 'varchar', 'outbox or webhook'),
    personal(column('facts', 'varchar', 'JSON object')),
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
