import { AUDIT, IDENTITY_MAP, MATCH_REVIEWS, PERSON_CHANGES } from './lake-identity.ts';
import { column, type LakeTable } from './lake-table.ts';

/**
 * The lake's tables. One description, from which come the Parquet columns (embedded), the Glue tables (AWS) and the
 * documentation.
 */
export { AUDIT, IDENTITY_MAP, MATCH_REVIEWS, PERSON_CHANGES } from './lake-identity.ts';
export type { Column, ColumnType, LakeTable } from './lake-table.ts';

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
