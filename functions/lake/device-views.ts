import { type Column, column, tokens } from '../../schemas/lake-table.ts';
import { DEVICE_TYPES } from '../shared/devices.ts';

/** Identifiers of one event at most; the view looks at so many places of the JSON array. */
const PLACES = Array.from({ length: 20 }, (_, place) => `(${place}, '$[${place}]')`).join(', ');
const TYPES = DEVICE_TYPES.map((type) => `'${type}'`).join(', ');
const MEMBER = 'user_id:';

/**
 * One row per event and device that says something of who is signed in: whoever the event names as its user, or a logout. Both
 * engines prune the columns, and the conditions on `events` come before any JSON is read.
 */
const SIGHTINGS = `SELECT
  json_extract_scalar(e.identifiers, p.path || '.type') || ':' || json_extract_scalar(e.identifiers, p.path || '.value') AS identifier,
  CASE WHEN substr(e.owner, 1, ${MEMBER.length}) = '${MEMBER}' THEN e.owner END AS member,
  coalesce(e.session = 'logout', false) AS ends,
  CASE WHEN e.session = 'login' THEN 'login' ELSE 'activity' END AS began_with,
  e.occurred_at, e.event_id
FROM events e CROSS JOIN (VALUES ${PLACES}) AS p(place, path)
WHERE p.place < json_array_length(e.identifiers) AND (substr(e.owner, 1, ${MEMBER.length}) = '${MEMBER}' OR e.session = 'logout')
  AND json_extract_scalar(e.identifiers, p.path || '.type') IN (${TYPES})`;

/** Everything at one instant in an order of its own, so that the order of arrival is none: who leaves goes first. */
const IN_ORDER = `SELECT identifier, member, ends, began_with, occurred_at,
  row_number() OVER (PARTITION BY identifier ORDER BY occurred_at, ends DESC, member, event_id) AS place
FROM (${SIGHTINGS})`;

const COUNTED = `SELECT identifier, member, ends, began_with, occurred_at, place,
  sum(CASE WHEN ends THEN 0 ELSE 1 END) OVER (PARTITION BY identifier ORDER BY place ROWS UNBOUNDED PRECEDING) AS logins
FROM (${IN_ORDER})`;

/** Who was seen last before each row: after a sighting come the logouts up to the next one, under the same number. */
const HELD = `SELECT identifier, member, ends, began_with, occurred_at, place,
  max(CASE WHEN ends THEN NULL ELSE member END) OVER (PARTITION BY identifier, logins) AS holder
FROM (${COUNTED})`;

/** A logout ends the session of whoever it names, or of whoever is there when it names nobody; another's says nothing. */
const CHANGES = `SELECT identifier, holder, ends, began_with, occurred_at, place,
  lag(holder) OVER (PARTITION BY identifier ORDER BY place) AS previous_holder,
  lag(ends) OVER (PARTITION BY identifier ORDER BY place) AS previous_ends
FROM (${HELD})
WHERE NOT ends OR member IS NULL OR member = holder`;

const INTERVALS = `SELECT identifier, holder, ends, began_with, occurred_at AS valid_from,
  lead(occurred_at) OVER (PARTITION BY identifier ORDER BY place) AS valid_to,
  lead(ends) OVER (PARTITION BY identifier ORDER BY place) AS next_ends
FROM (${CHANGES})
WHERE previous_holder IS NULL OR previous_holder <> holder OR previous_ends <> ends`;

/**
 * Who was signed in on which device or browser, from when until when: from a login, or the first event that names somebody else,
 * until a logout or the next other person. Computed from event times alone, so late and repeated events give the same.
 */
export const DEVICE_OWNERSHIP = `SELECT o.identifier, o.holder AS owner, m.one_id, o.valid_from, o.valid_to, o.began_with,
  CASE WHEN o.next_ends IS NULL THEN NULL WHEN o.next_ends THEN 'logout' ELSE 'other_login' END AS ended_with
FROM (${INTERVALS}) o
LEFT JOIN (SELECT owner, one_id FROM identity_map WHERE valid_to IS NULL) m ON m.owner = o.holder
WHERE NOT o.ends AND (o.valid_to IS NULL OR o.valid_to > o.valid_from)`;

/** Devices and browsers that several people use: what they see on it belongs to the device, unless they are signed in. */
export const SHARED_DEVICES = `SELECT m.owner AS identifier, m.one_id, m.valid_from AS shared_since,
  coalesce(o.people, 0) AS people, coalesce(e.events, 0) AS anonymous_events
FROM identity_map m
LEFT JOIN (SELECT identifier, count(DISTINCT one_id) AS people FROM device_ownership GROUP BY identifier) o
  ON o.identifier = m.owner
LEFT JOIN (SELECT owner, count(*) AS events FROM events GROUP BY owner) e ON e.owner = m.owner
WHERE m.valid_to IS NULL AND m.shared AND split_part(m.owner, ':', 1) IN (${TYPES})`;

/** The columns of these views: Glue wants them beside the query. */
export const DEVICE_VIEW_COLUMNS: ReadonlyMap<string, readonly Column[]> = new Map([
  [
    'device_ownership',
    [
      tokens(column('identifier', 'varchar', 'key of the device or browser')),
      tokens(column('owner', 'varchar', 'key of the user id that was signed in on it')),
      tokens(column('one_id', 'varchar', 'whose that user id is now')),
      column('valid_from', 'timestamp', 'when it was first seen signed in, UTC'),
      column('valid_to', 'timestamp', 'when it left or another came, UTC; none while it holds'),
      column('began_with', 'varchar', 'login, or activity where no login was seen'),
      column('ended_with', 'varchar', 'logout or other_login; none while it holds'),
    ],
  ],
  [
    'shared_devices',
    [
      tokens(column('identifier', 'varchar', 'key of the device or browser')),
      tokens(column('one_id', 'varchar', 'the person that the device is, marked shared')),
      column('shared_since', 'timestamp', 'when it turned out to be shared, UTC'),
      column('people', 'bigint', 'persons who were signed in on it'),
      column('anonymous_events', 'bigint', 'events that belong to the device itself'),
    ],
  ],
]);
