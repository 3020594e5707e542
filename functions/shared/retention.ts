import type { LakeTableName } from '../../schemas/lake.ts';

/** What is kept for as long as something else of its kind; a deployment may set days for each class. */
export type RetentionClass =
  | 'raw'
  | 'events'
  | 'persons'
  | 'decisions'
  | 'audit'
  | 'quarantine'
  | 'failures'
  | 'logs'
  | 'access_logs'
  | 'query_results';

export type Retention = Readonly<Record<RetentionClass, number>>;

interface Class {
  /** How long, in days, where the deployment says nothing. */
  readonly days: number;
  readonly keeps: string;
}

/** The classes, with what they hold. */
export const RETENTION_CLASSES: Readonly<Record<RetentionClass, Class>> = {
  raw: { days: 30, keeps: 'raw records as they arrived, to be fed in again after a fault' },
  events: { days: 730, keeps: 'events in the lake' },
  persons: { days: 3650, keeps: 'profiles, the identity map and changes of persons in the lake' },
  decisions: { days: 1095, keeps: 'decisions of campaigns in the lake' },
  audit: { days: 1825, keeps: 'who declared what about identity, and reviews of matches' },
  quarantine: { days: 30, keeps: 'quarantined events with their bytes' },
  failures: { days: 90, keeps: 'batches that a stage gave up on, and rows that did not reach the lake' },
  logs: { days: 30, keeps: 'logs of functions, APIs and delivery streams' },
  access_logs: { days: 90, keeps: 'who read which object of the buckets' },
  query_results: { days: 7, keeps: 'results of queries in Athena' },
};

/** What holds where a deployment says nothing. */
export const DEFAULT_RETENTION: Retention = {
  raw: RETENTION_CLASSES.raw.days,
  events: RETENTION_CLASSES.events.days,
  persons: RETENTION_CLASSES.persons.days,
  decisions: RETENTION_CLASSES.decisions.days,
  audit: RETENTION_CLASSES.audit.days,
  quarantine: RETENTION_CLASSES.quarantine.days,
  failures: RETENTION_CLASSES.failures.days,
  logs: RETENTION_CLASSES.logs.days,
  access_logs: RETENTION_CLASSES.access_logs.days,
  query_results: RETENTION_CLASSES.query_results.days,
};

/** The class of each table of the lake. */
export const LAKE_RETENTION: Readonly<Record<LakeTableName, RetentionClass>> = {
  events: 'events',
  identity_map: 'persons',
  profiles: 'persons',
  person_changes: 'persons',
  quarantine: 'quarantine',
  decisions: 'decisions',
  audit: 'audit',
  match_reviews: 'audit',
};
