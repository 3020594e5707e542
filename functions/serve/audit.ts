import { AUDIT } from '../../schemas/lake.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { intParameter } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { keyFromText, personById } from './persons.ts';
import { asObjects } from './sql-rows.ts';

const COLUMNS = AUDIT.columns.map(({ name }) => name).join(', ');

/** Rows about any of these identifiers: the column holds a JSON array, in which a key stands between quotes. */
const about = (keys: readonly string[]): string => `(${keys.map(() => 'strpos(identifiers, ?) > 0').join(' OR ')})`;

/** `GET /api/audit?person=&identifier=&limit=`: who declared what about identity, and why; what was declared last comes first. */
export async function listAudit(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const { person, identifier } = request.query;
  const subjects: (readonly string[])[] = [];
  if (identifier !== undefined) subjects.push([keyFromText(identifier, deps)]);
  if (person !== undefined) subjects.push((await personById(person, deps)).person.members);
  const where = subjects.length === 0 ? '' : `WHERE ${subjects.map(about).join(' AND ')}`;
  const result = await deps.sql.query(
    `SELECT ${COLUMNS} FROM audit ${where} ORDER BY received_at DESC, occurred_at DESC, audit_id LIMIT ${limit}`,
    subjects.flat().map((key) => JSON.stringify(key)),
  );
  return jsonResponse(200, { audit: asObjects(result, ['identifiers']) });
}
