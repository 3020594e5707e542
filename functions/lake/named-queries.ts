import { erasureColumns, LAKE_TABLES } from '../../schemas/lake.ts';
import { sqlText } from './history.ts';
import { rowsRelation } from './rows.ts';

/** A question that analysts ask again and again, with its answer as SQL that Trino and DuckDB read alike. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  /** One SELECT; `?` stand for the parameters, in order. */
  readonly sql: string;
  readonly parameters: readonly string[];
}

/** Days are text that compares like a date; naming them lets Athena leave the other days' files unread. */
const since = (days: number): string =>
  `ingest_day >= date_format(CAST(current_date AS timestamp) - interval '${days}' day, '%Y-%m-%d')`;

const EVENTS_BY_DAY_AND_CHANNEL = `SELECT local_date, channel, count(*) AS events, count(DISTINCT owner) AS identifiers
FROM (
  SELECT DISTINCT owner, source_id, event_id, local_date, channel
  FROM ${rowsRelation('events')} WHERE ${since(30)}
)
GROUP BY local_date, channel
ORDER BY local_date DESC, events DESC, channel`;

const EVENTS_BY_NAME = `SELECT name, type, count(*) AS events, max(received_at) AS last_received_at
FROM (
  SELECT DISTINCT owner, source_id, event_id, type, name, received_at
  FROM ${rowsRelation('events')} WHERE ${since(7)}
)
GROUP BY type, name
ORDER BY events DESC, type, name
LIMIT 200`;

const QUARANTINE_BY_REASON = `SELECT source_id, stage, reason, field, count(*) AS open,
  min(first_seen) AS first_seen, max(first_seen) AS last_seen, max(detail) AS example
FROM quarantine
WHERE status = 'open'
GROUP BY source_id, stage, reason, field
ORDER BY open DESC, source_id, stage, reason, field
LIMIT 200`;

const HISTORY_OF_A_PERSON = `SELECT e.occurred_at, e.type, e.name, e.channel, e.source_id, e.owner, e.properties
FROM identity_map m
JOIN events e ON e.owner = m.owner
WHERE m.valid_to IS NULL AND m.one_id = ?
ORDER BY e.occurred_at DESC, e.event_id
LIMIT 1000`;

const DECISIONS_BY_REASON = `SELECT campaign, campaign_version, CAST(decided_at AS date) AS day, outcome, reason, count(*) AS decisions
FROM decisions
WHERE decided_at >= CAST(current_date AS timestamp) - interval '30' day
GROUP BY campaign, campaign_version, CAST(decided_at AS date), outcome, reason
ORDER BY day DESC, campaign, campaign_version, outcome, reason`;

const MERGES_AND_SPLITS = `SELECT CAST(changed_at AS date) AS day, change, count(*) AS persons
FROM person_changes
GROUP BY CAST(changed_at AS date), change
ORDER BY day DESC, change
LIMIT 1000`;

const SHARED_DEVICES = `SELECT identifier, people, anonymous_events, shared_since
FROM shared_devices
ORDER BY people DESC, anonymous_events DESC, identifier
LIMIT 200`;

const CORRECTIONS = `SELECT occurred_at, action, actor, why, identifiers, outcome
FROM audit
WHERE source_id = 'operators'
ORDER BY occurred_at DESC, audit_id
LIMIT 1000`;

/** How many persons have which value of each tag. */
const audienceSizes = (
  tags: readonly string[],
): string => `SELECT t.tag, json_extract_scalar(p.tags, '$.' || t.tag) AS tag_value,
  count(*) AS persons
FROM profiles p CROSS JOIN (VALUES ${tags.map((tag) => `(${sqlText(tag)})`).join(', ')}) AS t(tag)
WHERE NOT p.shared
GROUP BY t.tag, json_extract_scalar(p.tags, '$.' || t.tag)
ORDER BY t.tag, persons DESC, tag_value`;

/** What is left of a person in each table: nothing, once an erasure is through. */
const erasureProof = (): string => {
  const counts = LAKE_TABLES.flatMap((table) => {
    const { owners, persons } = erasureColumns(table);
    const about = [...owners.map((name) => `r.${name} = w.owner`), ...persons.map((name) => `r.${name} = w.one_id`)];
    if (about.length === 0) return [];
    return `SELECT ${sqlText(table.name)} AS table_name, count(*) AS rows_left
FROM ${rowsRelation(table.name)} r JOIN who w ON ${about.join(' OR ')}`;
  });
  return `WITH who AS (SELECT owner, one_id FROM (VALUES (?, ?)) AS given(owner, one_id))
${counts.join('\nUNION ALL\n')}
ORDER BY table_name`;
};

/** The named queries of a deployment with these tags. */
export const namedQueries = (tags: readonly string[]): readonly NamedQuery[] => [
  query('events by day and channel', 'the last thirty days', EVENTS_BY_DAY_AND_CHANNEL),
  query('events by name', 'what came in the last seven days, and when last', EVENTS_BY_NAME),
  query('quarantine by reason', 'what is open, by source and reason, with an example', QUARANTINE_BY_REASON),
  query('history of a person', 'the last thousand events of all identifiers', HISTORY_OF_A_PERSON, 'one_id'),
  ...(tags.length > 0 ? [query('audience sizes', 'persons by value of each tag', audienceSizes(tags))] : []),
  query('decisions by reason', 'why campaigns sent or did not send, the last thirty days', DECISIONS_BY_REASON),
  query('merges and splits', 'persons that came to be, were merged or split, by day', MERGES_AND_SPLITS),
  query('shared devices', 'devices that several people use', SHARED_DEVICES),
  query('corrections of identity', 'what operators declared, and why', CORRECTIONS),
  query('erasure proof', 'rows that are left of an identifier and a person', erasureProof(), 'owner', 'one_id'),
];

function query(name: string, description: string, sql: string, ...parameters: string[]): NamedQuery {
  return { name, description, sql, parameters };
}
