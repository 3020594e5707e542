import type { ControlType } from '../../schemas/event.ts';
import { MATCH_REVIEWS } from '../../schemas/lake.ts';
import type { MatchReview } from '../../schemas/match.ts';
import { MAX_ACTOR_CHARS, MAX_WHY_CHARS } from '../shared/control-event.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { isObject } from '../shared/json.ts';
import { recordOfPerson } from '../shared/match/as-they-come.ts';
import { waterfallSvg } from '../shared/match/chart.ts';
import { mayJoin } from '../shared/match/propose.ts';
import { readReview } from '../shared/match/reviews.ts';
import { type PersonState, readPersonByKey, tokensOf } from '../shared/person/read.ts';
import { intParameter, RequestError } from './answer.ts';
import { takeIn } from './declare.ts';
import type { ServeDeps } from './deps.ts';
import { asObjects } from './sql-rows.ts';

const STATUSES = ['open', 'accepted', 'rejected', 'settled', 'all'];
const COLUMNS = [...MATCH_REVIEWS.columns.map(({ name }) => name), 'decided_at', 'decided_by', 'why'].filter(
  (name) => name !== 'seq',
);
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM match_reviews`;

/** `GET /api/matches?status=open&limit=`: pairs that a model finds alike, surest first. */
export async function listMatches(request: HttpRequest, deps: ServeDeps): Promise<HttpResponse> {
  const limit = intParameter(request.query, 'limit', { min: 1, max: 1000, fallback: 100 });
  const { status = 'open' } = request.query;
  if (!STATUSES.includes(status)) {
    throw new RequestError(400, 'invalid_parameter', `status must be one of ${STATUSES.join(', ')}.`);
  }
  const [where, values] = status === 'all' ? ['', []] : ['WHERE status = ?', [status]];
  const order = `ORDER BY confidence DESC, review_id LIMIT ${limit}`;
  return jsonResponse(200, { matches: asObjects(await deps.sql.query(`${SELECT} ${where} ${order}`, values)) });
}

async function reviewById(id: string, deps: ServeDeps): Promise<MatchReview> {
  const review = await readReview(deps.store, id);
  if (review) return review;
  const message = `There is no review "${id.slice(0, 40)}"; GET /api/matches lists them.`;
  throw new RequestError(404, 'review_not_found', message);
}

/** What is compared of one side: raw personal values where the caller may see them, else tokens. */
async function sideOf(key: string, state: PersonState | undefined, deps: ServeDeps): Promise<object> {
  if (!state) return { identifier: key, one_id: null, record: {} };
  const revealed = deps.vault ? await deps.vault.reveal(tokensOf(state)) : new Map<string, string>();
  const shown = (text: string): string => revealed.get(text) ?? text;
  const record = Object.entries(recordOfPerson(state, deps)).map(([name, text]) => [name, shown(text ?? '')]);
  const at = key.lastIndexOf(':') + 1;
  return {
    identifier: `${key.slice(0, at)}${shown(key.slice(at))}`,
    one_id: state.person.one_id,
    record: Object.fromEntries(record),
  };
}

/** `GET /api/matches/<id>`: both sides as they are now, and how the score came about. */
export async function getMatch(_: HttpRequest, deps: ServeDeps, [id = '']: readonly string[]): Promise<HttpResponse> {
  const { waterfall, ...review } = await reviewById(id, deps);
  const [row] = asObjects(await deps.sql.query(`${SELECT} WHERE review_id = ?`, [id]));
  const [left, right] = [await readPersonByKey(deps.store, review.a), await readPersonByKey(deps.store, review.b)];
  return jsonResponse(200, {
    ...review,
    ...row,
    same_person: left !== undefined && left.person.one_id === right?.person.one_id,
    may_join: left !== undefined && right !== undefined && mayJoin(left, right, deps.rules),
    left: await sideOf(review.a, left, deps),
    right: await sideOf(review.b, right, deps),
    waterfall,
  });
}

/** `GET /api/matches/<id>/waterfall.svg`: how the score came about, as a picture without any personal value. */
export async function getWaterfall(
  _: HttpRequest,
  deps: ServeDeps,
  [id = '']: readonly string[],
): Promise<HttpResponse> {
  const { waterfall } = await reviewById(id, deps);
  return {
    status: 200,
    headers: { 'content-type': 'image/svg+xml; charset=utf-8', 'content-security-policy': "default-src 'none'" },
    body: waterfallSvg(waterfall),
  };
}

function reasonIn(request: HttpRequest): string {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    body = undefined;
  }
  const reason = isObject(body) ? body.reason : undefined;
  if (typeof reason === 'string' && reason.trim() !== '' && reason.length <= MAX_WHY_CHARS) return reason;
  const message = `Say why: {"reason": "…"}, text of 1 to ${MAX_WHY_CHARS} characters.`;
  throw new RequestError(400, 'invalid_field', message);
}

/**
 * `POST /api/matches/<id>/accept` and `…/reject` with `{reason}`: declares that the two belong together (`bind`), or are to be
 * kept apart (`split`). 202 once that is durable. Who changes his mind decides again: the later declaration counts.
 */
export const decideMatch =
  (decision: 'accept' | 'reject') =>
  async (request: HttpRequest, deps: ServeDeps, [id = '']: readonly string[]): Promise<HttpResponse> => {
    const by = deps.callerOf(request)?.trim().slice(0, MAX_ACTOR_CHARS);
    if (!by)
      throw new RequestError(403, 'caller_unknown', 'Nobody is signed in, so nobody would be answerable. Sign in.');
    const reason = reasonIn(request);
    const { a, b } = await reviewById(id, deps);
    if (decision === 'accept') await mustBeJoinable(a, b, deps);
    const type: ControlType = decision === 'accept' ? 'bind' : 'split';
    // The lake's view of reviews reads the decision from the audit by the beginning of this id.
    const messageId = `review_${id}_${deps.newId()}`;
    const received_at = await takeIn([{ type, identifiers: [a, b], reason, actor: by, messageId }], deps);
    const action = { review_id: id, decision, action: type, identifiers: [a, b], by, reason };
    return jsonResponse(202, { ...action, event_id: messageId, received_at });
  };

/** A bind that the rules will refuse would be taken for a success. A split of the same two does not count: the bind is later. */
async function mustBeJoinable(a: string, b: string, deps: ServeDeps): Promise<void> {
  const [left, right] = [await readPersonByKey(deps.store, a), await readPersonByKey(deps.store, b)];
  const isOne = left !== undefined && left.person.one_id === right?.person.one_id;
  const wasSplit = left?.component?.evidence.some((edge) => edge.kind === 'split' && edge.a === a && edge.b === b);
  if (isOne || wasSplit || (left && right && mayJoin(left, right, deps.rules))) return;
  const message =
    'Evidence or the rules keep the two apart, such as two member ids. If they are one human all the same: POST /api/identity/merge.';
  throw new RequestError(409, 'kept_apart', message);
}
