import type { QualityReport } from '../../schemas/quality-report.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../shared/http.ts';
import { readFields, readFigures } from '../shared/quality/read.ts';
import { daySpans } from '../shared/quality/spans.ts';
import { localDate } from '../shared/time.ts';
import { addDays } from '../shared/zoned.ts';
import { RequestError } from './answer.ts';
import type { ServeDeps } from './deps.ts';

/** Days of one answer. */
export const MAX_DAYS = 31;
const DEFAULT_DAYS = 7;
const DAY_MS = 86_400_000;
const MAX_NAME_CHARS = 200;

/** A local day of the query string; a day that is none, and one that no calendar has, are refused. */
function dayParameter(query: HttpRequest['query'], name: string, fallback: string): string {
  const text = query[name];
  if (text === undefined || text === '') return fallback;
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return text;
  const message = `${name} must be a day such as 2026-03-01; got "${text.slice(0, 40)}".`;
  throw new RequestError(400, 'invalid_parameter', message);
}

function rangeOf(query: HttpRequest['query'], today: string): { from: string; to: string } {
  const to = dayParameter(query, 'to', today);
  const from = dayParameter(query, 'from', addDays(to, 1 - DEFAULT_DAYS));
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1) throw new RequestError(400, 'invalid_parameter', `from (${from}) must not be after to (${to}).`);
  if (days > MAX_DAYS) {
    const message = `${from} to ${to} are ${days} days; ask for at most ${MAX_DAYS} at once.`;
    throw new RequestError(400, 'invalid_parameter', message);
  }
  return { from, to };
}

function nameParameter(query: HttpRequest['query'], name: string): string | undefined {
  const text = query[name];
  if (text === undefined || text === '') return undefined;
  if (text.length <= MAX_NAME_CHARS) return text;
  throw new RequestError(400, 'invalid_parameter', `${name} must have at most ${MAX_NAME_CHARS} characters.`);
}

/**
 * `GET /api/quality?source=&event=&from=&to=`: figures by local day and source, the last seven days unless said. With a source, by
 * event; with an event, by source, and its fields too. Alarms are of now, whatever is asked for.
 */
export async function getQuality(request: HttpRequest, { clock, quality }: ServeDeps): Promise<HttpResponse> {
  const { time_zone: zone, weeks } = quality.rules;
  const now = clock.now();
  const { from, to } = rangeOf(request.query, localDate(now, zone));
  const source = nameParameter(request.query, 'source');
  const event = nameParameter(request.query, 'event');
  const scope = {
    spans: daySpans(from, to, zone),
    source,
    events: event === undefined ? undefined : [event],
    by: source === undefined && event === undefined ? ('source' as const) : ('event' as const),
  };
  const [figures, alarms] = await Promise.all([readFigures(quality, scope, { now, zone, weeks }), quality.alarms()]);
  const fields = event === undefined ? undefined : await readFields(quality, scope, figures.rows);
  const report: QualityReport = {
    now: new Date(now).toISOString(),
    time_zone: zone,
    from,
    to,
    rows: [...figures.rows],
    fields: fields?.rows ?? [],
    alarms: [...alarms],
    truncated: figures.truncated || (fields?.truncated ?? false),
  };
  return jsonResponse(200, report);
}
