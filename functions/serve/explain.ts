import type { Evidence } from '../../schemas/evidence.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { explain, resolve, standingOf } from '../shared/identity/resolve.ts';
import { identifierDocKey } from '../shared/person/docs.ts';
import { evidenceAbout } from '../shared/person/evidence-about.ts';
import type { PersonState } from '../shared/person/read.ts';
import { RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';
import { keyFromText, personById } from './persons.ts';
import { type Declared, sentenceOf } from './sentence.ts';

/** Event ids looked up in the audit at once; a chain has far fewer. */
const MAX_LOOKED_UP = 200;

/** Evidence as it is answered: who declared it and why, where somebody did, and all of it in one sentence. */
interface Told extends Evidence {
  readonly declared?: Declared;
  readonly sentence: string;
}

/** The two identifiers that are asked about; by default the founder and another one. @throws RequestError 400, 404 */
async function endsOf(request: HttpRequest, { person }: PersonState, deps: ServeDeps): Promise<[string, string]> {
  const { query } = request;
  const from = query.from ? keyFromText(query.from, deps) : person.founder;
  const to = query.to ? keyFromText(query.to, deps) : (person.members.find((key) => key !== from) ?? from);
  const docs = await deps.store.get([identifierDocKey(from), identifierDocKey(to)]);
  for (const key of [from, to]) {
    if (docs.get(identifierDocKey(key))?.body !== undefined) continue;
    throw new RequestError(404, 'identifier_not_found', `The identifier "${key.slice(0, 120)}" was never seen.`);
  }
  return [from, to];
}

/** Event → who declared it and why, of the evidence that somebody declared. No query where there is none. */
async function declarationsOf(edges: readonly Evidence[], deps: ServeDeps): Promise<Map<string, Declared>> {
  const isDeclared = ({ last_seen }: Evidence): boolean => last_seen !== undefined;
  const ids = [...new Set(edges.filter(isDeclared).map(({ event_id }) => event_id))].slice(0, MAX_LOOKED_UP);
  if (ids.length === 0) return new Map();
  const { rows } = await deps.sql.query(
    `SELECT event_id, actor, why FROM audit WHERE event_id IN (${ids.map(() => '?').join(', ')})`,
    ids,
  );
  return new Map(rows.map(([event_id, by, why]) => [String(event_id), { by: String(by), why: String(why) }]));
}

/**
 * `GET /api/persons/<one_id>/explain?from=&to=`: the chain of evidence between two identifiers, weakest link first; what joined
 * nothing, and why; and what was declared to keep them apart.
 */
export async function explainPerson(
  request: HttpRequest,
  deps: ServeDeps,
  [id = '']: readonly string[],
): Promise<HttpResponse> {
  const state = await personById(id, deps);
  const [from, to] = await endsOf(request, state, deps);
  const { evidence, sightings } = await evidenceAbout(deps.store, [from, to]);
  const resolution = resolve(evidence, sightings, deps.rules);
  const { path, chain, rejected, apart, same_person } = explain(resolution, evidence, from, to);
  const { holds } = standingOf(evidence, deps.rules);
  const declarations = await declarationsOf([...chain, ...apart, ...rejected.map(({ edge }) => edge)], deps);
  const tell = (edge: Evidence, but?: string): Told => {
    const declared = edge.last_seen === undefined ? undefined : declarations.get(edge.event_id);
    return { ...edge, ...(declared && { declared }), sentence: sentenceOf(edge, { declared, but }) };
  };
  const past = 'That was taken back, or overruled by a later bind or merge';
  return jsonResponse(200, {
    one_id: state.person.one_id,
    from,
    to,
    same_person,
    identifiers: path,
    path: chain.map((edge) => tell(edge)),
    rejected: rejected.map(({ edge, reason, detail }) => ({
      ...tell(edge, `It joins nothing: ${detail}`),
      reason,
      detail,
    })),
    apart: apart.map((edge) => ({ ...tell(edge, holds(edge) ? undefined : past), holds: holds(edge) })),
  });
}
