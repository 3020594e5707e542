import { RequestError } from '../../functions/serve/answer.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../../functions/shared/http.ts';
import { isObject } from '../../functions/shared/json.ts';
import { parseTime } from '../../functions/shared/time.ts';
import type { App } from '../app.ts';
import { newId } from '../operator.ts';
import { remap, TooManyEvents } from '../remap.ts';

/** `POST /api/mappings/rerun` with `{source, since?, until?, dry_run?}`. */
export async function rerunMapping(request: HttpRequest, app: App): Promise<HttpResponse> {
  const body = bodyOf(request);
  const { source, dry_run } = body;
  if (typeof source !== 'string' || app.sources.byId(source) === undefined) {
    throw new RequestError(400, 'invalid', '/source: Name a source; GET /api/sources lists them.');
  }
  const asked = {
    source_id: source,
    since: instantOf(body.since, '/since') ?? 0,
    until: instantOf(body.until, '/until') ?? Number.POSITIVE_INFINITY,
    dryRun: dry_run === true,
  };
  await app.pipeline.settled();
  const { raw, sql, cleaning } = app;
  const deps = { raw, sql, cleaning, source: (id: string) => app.sources.byId(id), newId };
  const report = await remap(asked, deps).catch((error: unknown) => {
    throw error instanceof TooManyEvents ? new RequestError(400, 'too_many_events', error.message) : error;
  });
  await app.pipeline.settled();
  return jsonResponse(200, { ...report, dry_run: asked.dryRun });
}

function bodyOf({ body }: HttpRequest): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new RequestError(400, 'invalid_json', 'Send a JSON object with the source, and since when.');
}

function instantOf(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const ms = parseTime(value);
  if (ms === undefined) throw new RequestError(400, 'invalid', `${field}: An instant such as 2026-01-31T08:00:00Z.`);
  return ms;
}
