import type { LakeTable } from '../../schemas/lake.ts';
import { AUDIT, DECISIONS, EVENTS, MATCH_REVIEWS, PERSON_CHANGES, PROFILES, QUARANTINE } from '../../schemas/lake.ts';
import { DEVICE_OWNERSHIP, SHARED_DEVICES } from './device-views.ts';
import { rowsRelation } from './rows.ts';

/** How often a row may reach the lake: Firehose repeats rows, the embedded outbox does not. */
export type Delivery = 'at_least_once' | 'exactly_once';

export interface LakeView {
  readonly name: string;
  readonly comment: string;
  /** The SELECT of the view, in the subset that Trino and DuckDB share; no trailing semicolon. */
  readonly sql: string;
}

const columnList = (table: LakeTable): string => table.columns.map((column) => column.name).join(', ');

/** The first row per key in the given order; `QUALIFY` would be shorter, but Trino has none. */
const onePer = (table: LakeTable, pick: { key: string; order: string }): string =>
  `SELECT ${columnList(table)} FROM (
  SELECT ${columnList(table)}, row_number() OVER (PARTITION BY ${pick.key} ORDER BY ${pick.order}) AS row_rank
  FROM ${rowsRelation(table.name)}
) WHERE row_rank = 1`;

const events = (delivery: Delivery): string =>
  delivery === 'exactly_once'
    ? `SELECT ${columnList(EVENTS)} FROM ${rowsRelation('events')}`
    : onePer(EVENTS, { key: 'owner, source_id, event_id', order: 'received_at' });

/**
 * From changes to intervals. Of several changes at one instant the last counts, and a change to the same person is none, so
 * intervals never overlap, are never empty, and the current one has no end. `seq` orders changes; one that a lagging clock dated
 * before the one it followed counts from there.
 */
const IDENTITY_MAP = `SELECT owner, one_id, shared, valid_from,
  lead(valid_from) OVER (PARTITION BY owner ORDER BY valid_from) AS valid_to
FROM (
  SELECT owner, one_id, shared, valid_from,
    lag(one_id) OVER (PARTITION BY owner ORDER BY valid_from) AS previous_one_id,
    lag(shared) OVER (PARTITION BY owner ORDER BY valid_from) AS previous_shared
  FROM (
    SELECT owner, one_id, shared, valid_from,
      row_number() OVER (PARTITION BY owner, valid_from ORDER BY seq DESC) AS row_rank
    FROM (
      SELECT owner, one_id, shared, seq, max(valid_from) OVER (PARTITION BY owner ORDER BY seq) AS valid_from
      FROM ${rowsRelation('identity_map')}
    )
  )
  WHERE row_rank = 1
)
WHERE previous_one_id IS NULL OR previous_one_id <> one_id OR previous_shared <> shared`;

/** By `seq`, which orders states whatever clock their rows were written by. */
const LATEST_PROFILES = `SELECT ${columnList(PROFILES)} FROM (
  SELECT ${columnList(PROFILES)}, row_number() OVER (PARTITION BY one_id ORDER BY seq DESC, updated_at DESC) AS row_rank
  FROM ${rowsRelation('profiles')}
) WHERE row_rank = 1 AND active`;

const QUARANTINE_COLUMNS = QUARANTINE.columns.map((column) => column.name).filter((name) => name !== 'first_seen');
const LATEST_QUARANTINE = `SELECT ${columnList(QUARANTINE)} FROM (
  SELECT ${QUARANTINE_COLUMNS.join(', ')},
    min(first_seen) OVER (PARTITION BY quarantine_id) AS first_seen,
    row_number() OVER (PARTITION BY quarantine_id ORDER BY seq DESC) AS row_rank
  FROM ${rowsRelation('quarantine')}
) WHERE row_rank = 1`;

/**
 * What was decided about a review is a declaration of an operator's, whose event id begins with the review's: `review_`, 22
 * characters, `_`. The last one counts. So a decision is in one place only, the audit.
 */
const OUTCOME = "CASE d.action WHEN 'bind' THEN 'accepted' WHEN 'split' THEN 'rejected' ELSE r.status END AS status";
const REVIEW_COLUMNS = MATCH_REVIEWS.columns.map(({ name }) => (name === 'status' ? OUTCOME : `r.${name}`)).join(', ');
const REVIEWS_DECIDED = `SELECT ${REVIEW_COLUMNS},
  d.occurred_at AS decided_at, d.actor AS decided_by, d.why
FROM (${onePer(MATCH_REVIEWS, { key: 'review_id', order: 'seq DESC' })}) r
LEFT JOIN (
  SELECT substr(event_id, 8, 22) AS review_id, action, actor, why, occurred_at,
    row_number() OVER (PARTITION BY substr(event_id, 8, 22) ORDER BY occurred_at DESC, received_at DESC, event_id) AS decision_rank
  FROM audit WHERE source_id = 'operators' AND strpos(event_id, 'review_') = 1
) d ON d.review_id = r.review_id AND d.decision_rank = 1`;

/** An outer join: an event whose person is not known yet is still an event. */
const EVENTS_RESOLVED = `SELECT ${EVENTS.columns.map((column) => `e.${column.name}`).join(', ')}, m.one_id, m.shared
FROM events e
LEFT JOIN (SELECT owner, one_id, shared FROM identity_map WHERE valid_to IS NULL) m ON m.owner = e.owner`;

/**
 * The public relations of the lake, in an order in which each uses only those before it. Written once for Athena and DuckDB,
 * so that a query means the same on the laptop and in the cloud. They read the relations named by `rowsRelation`.
 */
export const lakeViews = (delivery: Delivery): readonly LakeView[] => [
  { name: 'events', comment: 'one row per event', sql: events(delivery) },
  { name: 'identity_map', comment: 'whose each identifier was, and when', sql: IDENTITY_MAP },
  { name: 'profiles', comment: 'the current profile of each person', sql: LATEST_PROFILES },
  { name: 'quarantine', comment: 'what did not become an event, and why', sql: LATEST_QUARANTINE },
  {
    name: 'decisions',
    comment: 'what each campaign decided for each person',
    sql: onePer(DECISIONS, { key: 'decision_id', order: 'decided_at' }),
  },
  {
    name: 'audit',
    comment: 'who declared what about identity, and why',
    sql: onePer(AUDIT, { key: 'audit_id', order: 'received_at' }),
  },
  {
    name: 'match_reviews',
    comment: 'pairs of persons that a model found alike, and what was decided',
    sql: REVIEWS_DECIDED,
  },
  {
    name: 'person_changes',
    comment: 'which persons came to be, were merged or split, and when',
    // Told again, a change may name other losers: the row that names most of them counts, whichever came first.
    sql: onePer(PERSON_CHANGES, { key: 'change_id', order: 'changed_at, length(losers) DESC, losers' }),
  },
  { name: 'events_resolved', comment: 'events with the person they belong to now', sql: EVENTS_RESOLVED },
  { name: 'device_ownership', comment: 'who was signed in on which device, and when', sql: DEVICE_OWNERSHIP },
  { name: 'shared_devices', comment: 'devices that several people use', sql: SHARED_DEVICES },
];
