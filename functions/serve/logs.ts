import { REASONS } from '../../schemas/reasons.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { oneId } from '../shared/identity/resolve.ts';
import { own } from '../shared/own.ts';
import { readPersonById } from '../shared/person/read.ts';
import { SqlError } from '../shared/seams.ts';
import { intParameter, RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { asObjects } from './sql-rows.ts';

/** `GET /api/quarantine?reason=&status=open&limit=`: what was accepted and did not become a clean event, and why. */
export async function listQuarantine(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const { reason, status = 'open', event_id } = request.query;
  if (!['open', 'replayed', 'all'].includes(status)) {
    throw new RequestError(400, 'invalid_parameter', 'status must be open, replayed or all.');
  }
  const filters: [string, string | undefined][] = [
    ['status', status === 'all' ? undefined : status],
    ['reason', reason],
    ['event_id', event_id],
  ];
  const used = filters.filter((filter): filter is [string, string] => filter[1] !== undefined);
  const where = used.length === 0 ? '' : `WHERE ${used.map(([name]) => `${name} = ?`).join(' AND ')}`;
  const values = used.map(([, value]) => value);
  const items = asObjects(
    await deps.sql.query(
      `SELECT * FROM quarantine ${where} ORDER BY first_seen DESC, quarantine_id LIMIT ${limit}`,
      values,
    ),
  );
  const counts = asObjects(
    await deps.sql.query(
      `SELECT reason, count(*) AS n FROM quarantine ${where} GROUP BY reason ORDER BY reason`,
      values,
    ),
  );
  const withHelp = <T extends Record<string, unknown>>(item: T): T & { title: string; fix: string } => {
    const known = own<{ title: string; fix: string }>(REASONS, String(item.reason));
    return { ...item, title: known?.title ?? '', fix: known?.fix ?? '' };
  };
  return jsonResponse(200, { items: items.map(withHelp), by_reason: counts.map(withHelp) });
}

/** `GET /api/decisions?one_id=&campaign=&outcome=&limit=`, newest first. Merged ids are followed both ways. */
export async function listDecisions(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const { one_id, campaign, outcome } = request.query;
  const conditions: string[] = [];
  const values: string[] = [];
  if (one_id !== undefined) {
    const state = await readPersonById(deps.store, one_id);
    const ids = [...new Set([one_id, ...(state ? state.person.members.map(oneId) : [])])];
    conditions.push(`one_id IN (${ids.map(() => '?').join(', ')})`);
    values.push(...ids);
  }
  for (const [name, value] of [
    ['campaign', campaign],
    ['outcome', outcome],
  ]) {
    if (value === undefined) continue;
    conditions.push(`${name} = ?`);
    values.push(value);
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const result = await deps.sql.query(
    `SELECT * FROM decisions ${where} ORDER BY decided_at DESC, decision_id LIMIT ${limit}`,
    values,
  );
  return jsonResponse(200, { decisions: asObjects(result, ['facts']) });
}

const MAX_SQL_CHARS = 100_000;

/** `POST /api/sql` with `{ "sql": "SELECT …" }`: read-only SQL over the lake. */
export async function runSql(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    throw new RequestError(400, 'invalid_json', 'Send JSON: {"sql": "SELECT …"}.');
  }
  const sql = typeof body === 'object' && body !== null ? (body as { sql?: unknown }).sql : undefined;
  if (typeof sql !== 'string' || sql.trim() === '' || sql.length > MAX_SQL_CHARS) {
    throw new RequestError(400, 'invalid_sql', `"sql" must be a statement of 1 to ${MAX_SQL_CHARS} characters.`);
  }
  try {
    return jsonResponse(200, await deps.sql.query(sql));
  } catch (error) {
    if (error instanceof SqlError) throw new RequestError(400, 'sql_error', error.message);
    throw error;
  }
}
