import { AUDIT } from '../../schemas/lake.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import type { PersonState } from '../shared/person/read.ts';
import { intParameter } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { keyFromText, personById } from './persons.ts';
import { asObjects } from './sql-rows.ts';

const COLUMNS = AUDIT.columns.map(({ name }) => name).join(', ');

/** A condition on rows of the audit, and the values of its marks. */
interface Subject {
  readonly where: string;
  readonly values: readonly string[];
}

/** Rows about any of these identifiers: the column holds a JSON array, in which a key stands between quotes. */
const about = (keys: readonly string[]): Subject => ({
  where: `(${keys.map(() => 'strpos(identifiers, ?) > 0').join(' OR ')})`,
  values: keys.map((key) => JSON.stringify(key)),
});

/** Neighbours whose releases are looked for; more only a shared device has. */
const MAX_NEIGHBOURS = 100;

/** Identifiers that a person was seen with and that are not in it. */
function neighboursOf({ person, component }: PersonState): string[] {
  const own = new Set(person.members);
  const edges = component === undefined ? [] : [...component.evidence, ...component.external];
  const ends = edges.flatMap(({ a, b }) => (own.has(a) === own.has(b) ? [] : [own.has(a) ? b : a]));
  return [...new Set(ends)].slice(0, MAX_NEIGHBOURS);
}

/** Rows about a person: about any of its identifiers, and the release of one that it had; that row names no other. */
function aboutPerson(state: PersonState): Subject {
  const { members } = state.person;
  const releases = neighboursOf(state).map((key) => JSON.stringify([key]));
  const released = releases.length === 0 ? '' : ` OR identifiers IN (${releases.map(() => '?').join(', ')})`;
  const { where, values } = about(members);
  return { where: `(${where}${released})`, values: [...values, ...releases] };
}

/** `GET /api/audit?person=&identifier=&limit=`: who declared what about identity, and why; what was declared last comes first. */
export async function listAudit(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const { person, identifier } = request.query;
  const subjects: Subject[] = [];
  if (identifier !== undefined) subjects.push(about([keyFromText(identifier, deps)]));
  if (person !== undefined) subjects.push(aboutPerson(await personById(person, deps)));
  const where = subjects.length === 0 ? '' : `WHERE ${subjects.map((each) => each.where).join(' AND ')}`;
  const result = await deps.sql.query(
    `SELECT ${COLUMNS} FROM audit ${where} ORDER BY received_at DESC, occurred_at DESC, audit_id LIMIT ${limit}`,
    subjects.flatMap(({ values }) => values),
  );
  return jsonResponse(200, { audit: asObjects(result, ['identifiers']) });
}
