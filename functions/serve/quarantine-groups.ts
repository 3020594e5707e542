import { REASONS } from '../../schemas/reasons.ts';
import { shortHash } from '../shared/hash.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { own } from '../shared/own.ts';
import { GROUP_SQL } from '../shared/quarantine-groups.ts';
import { intParameter, RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { asObjects } from './sql-rows.ts';

/** Entries that stand for their group, the latest first. */
const EXAMPLES = 3;
const EXAMPLE_COLUMNS = ['quarantine_id', 'event_id', 'first_seen', 'detail'] as const;
const STATES: Readonly<Record<string, string>> = {
  open: 'WHERE open_entries > 0',
  replayed: 'WHERE open_entries = 0',
  all: '',
};
const NAMES = Object.keys(GROUP_SQL);

const examples = Array.from({ length: EXAMPLES }, (_, place) =>
  EXAMPLE_COLUMNS.map((name) => `max(CASE WHEN place = ${place + 1} THEN ${name} END) AS ${name}_${place}`),
).flat();

/** Entries of the quarantine by cause, with the latest of each as examples. */
export const groupsSql = (where: string, having: string, limit: number): string => `SELECT * FROM (
  SELECT ${NAMES.join(', ')}, count(*) AS entries, count_if(status = 'open') AS open_entries,
    min(first_seen) AS first_entry, max(first_seen) AS last_entry, ${examples.join(', ')}
  FROM (
    SELECT ${NAMES.join(', ')}, quarantine_id, event_id, first_seen, detail, status,
      row_number() OVER (PARTITION BY ${NAMES.join(', ')}
        ORDER BY CASE WHEN status = 'open' THEN 0 ELSE 1 END, first_seen DESC, quarantine_id) AS place
    FROM (
      SELECT ${Object.entries(GROUP_SQL)
        .map(([name, sql]) => `${sql} AS ${name}`)
        .join(', ')}, quarantine_id, event_id, first_seen, detail, status
      FROM quarantine ${where}
    )
  )
  GROUP BY ${NAMES.join(', ')}
)
${having} ORDER BY open_entries DESC, entries DESC, ${NAMES.join(', ')} LIMIT ${limit}`;

type Row = Readonly<Record<string, unknown>>;

function groupOf(row: Row): object {
  const cause = Object.fromEntries(NAMES.map((name) => [name, String(row[name])]));
  const known = own<{ title: string; fix: string }>(REASONS, String(row.reason));
  const open = Number(row.open_entries);
  const entries = Number(row.entries);
  return {
    group_id: `g_${shortHash(JSON.stringify(NAMES.map((name) => cause[name])))}`,
    ...cause,
    title: known?.title ?? '',
    fix: known?.fix ?? '',
    entries,
    open,
    replayed: entries - open,
    state: open > 0 ? 'open' : 'replayed',
    first_seen: row.first_entry,
    last_seen: row.last_entry,
    examples: Array.from({ length: EXAMPLES }, (_, place) =>
      Object.fromEntries(EXAMPLE_COLUMNS.map((name) => [name, row[`${name}_${place}`] ?? null])),
    ).filter((example) => example.quarantine_id !== null),
    // As the body of a replay: what has this cause, and nothing else.
    replay: cause,
  };
}

/**
 * `GET /api/quarantine/groups?source=&reason=&status=open&limit=`: the quarantine by cause, the most open entries first. Each says how
 * to put it right, and with what to ask for a replay.
 */
export async function listQuarantineGroups(request: HttpRequest, { sql }: ServeDeps): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 500, fallback: 50 });
  const { source, reason, status = 'open' } = request.query;
  const having = own(STATES, status);
  if (having === undefined) throw new RequestError(400, 'invalid_parameter', 'status must be open, replayed or all.');
  const asked = [
    ['source_id', source],
    ['reason', reason],
  ].filter((filter): filter is [string, string] => filter[1] !== undefined && filter[1] !== '');
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(([name]) => `${name} = ?`).join(' AND ')}`;
  const rows = asObjects(
    await sql.query(
      groupsSql(where, having, limit + 1),
      asked.map(([, value]) => value),
    ),
  );
  return jsonResponse(200, { groups: rows.slice(0, limit).map(groupOf), truncated: rows.length > limit });
}
