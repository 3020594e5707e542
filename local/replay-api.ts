import { RequestError } from '../functions/serve/answer.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../functions/shared/http.ts';
import { isObject } from '../functions/shared/json.ts';
import { GROUP_SQL } from '../functions/shared/quarantine-groups.ts';
import type { ReplayFilter } from '../functions/shared/replay.ts';
import type { App } from './app.ts';
import { feedOpen } from './replays.ts';

const INSTANTS = ['since', 'until'];
const FILTERS = [...Object.keys(GROUP_SQL), ...INSTANTS];
const MAX_FILTER_CHARS = 4_000;

/**
 * `POST /api/replay` with `{ source_id?, stage?, reason?, field?, event_name?, shape?, since?, until?, dry_run? }`: feeds open
 * entries of the quarantine in again; those of one cause with what `GET /api/quarantine/groups` has under `replay`.
 */
export async function replay(app: App, request: HttpRequest): Promise<HttpResponse> {
  const { dry_run: asked, ...given } = bodyOf(request.body);
  if (asked !== undefined && typeof asked !== 'boolean') throw invalid('"dry_run" must be true or false.');
  const dryRun = asked === true;
  const report = await feedOpen(app, { filter: filterOf(given), dryRun });
  await app.pipeline.settled();
  const { rows } = await app.sql.query(`SELECT count(*) FROM quarantine WHERE status = 'open'`);
  return jsonResponse(200, { ...report, dry_run: dryRun, open_now: rows[0]?.[0] ?? 0 });
}

const invalid = (message: string): RequestError => new RequestError(400, 'invalid_request', message);

/** A filter that is not known would feed in more than was meant, so it is refused. */
function filterOf(given: Readonly<Record<string, unknown>>): ReplayFilter {
  for (const [name, value] of Object.entries(given)) {
    if (!FILTERS.includes(name))
      throw invalid(`There is no filter "${name.slice(0, 40)}"; there are ${FILTERS.join(', ')}.`);
    if (typeof value !== 'string' || value.length > MAX_FILTER_CHARS)
      throw invalid(`"${name}" must be a text of at most ${MAX_FILTER_CHARS} characters.`);
    if (INSTANTS.includes(name) && Number.isNaN(Date.parse(value)))
      throw invalid(`"${name}" must be an instant such as 2026-01-31T08:00:00Z.`);
  }
  return given;
}

function bodyOf(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Answered below, as what is no object is.
  }
  throw new RequestError(400, 'invalid_json', 'Send a JSON object: {"reason": "plan_violation", "dry_run": true}.');
}
