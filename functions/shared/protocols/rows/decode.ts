import type { Finding } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { isObject, type JsonObject, kindOf } from '../../json.ts';
import { MAX_BATCH_EVENTS } from '../../segment-limits.ts';
import { knownZone } from '../../time.ts';
import type { Decode } from '../protocol.ts';
import { logEvent } from './log-event.ts';
import { tableEvent } from './table-event.ts';

/** Formats whose rows are lines of an access log. */
const LOGS: ReadonlySet<string> = new Set(['nginx', 'nginx_json', 'w3c', 'alb']);

/**
 * Rows of files and databases. The body is a JSON array of `{n, row}`: the number of the row in its table, from 1 on, and its values
 * by column. A row that could not be read is a body of its own: `{n, problem: {reason, detail}}`. Params: `content` (hash of the table's
 * content), `format`, and where they are known `file`, `part`, `event` (the event's name where no column says it; else the source's), `key` (a JSON list of
 * the columns that tell rows apart) and `zone` (of times that have none).
 */
export const decode: Decode = ({ body, params }, source) => {
  const rows = parse(body);
  if (isFinding(rows)) return rows;
  const setting = {
    source_id: source?.source_id ?? '',
    content: params.content ?? '',
    format: params.format ?? 'csv',
    zone: knownZone(params.zone) ?? knownZone(source?.time_zone) ?? 'UTC',
    event: params.event ?? source?.default_event,
    key: keyOf(params.key),
  };
  const toEvent = LOGS.has(setting.format) ? logEvent : tableEvent;
  return { items: rows.map(({ n, row }) => toEvent(row, n, setting)), shared: {} };
};

interface NumberedRow {
  readonly n: number;
  readonly row: JsonObject;
}

function parse(body: Buffer): NumberedRow[] | Finding {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return { reason: 'invalid_json', field: '', detail: 'The body is not valid JSON.' };
  }
  if (isObject(value) && isObject(value.problem)) return problemOf(value.n, value.problem);
  if (!Array.isArray(value)) {
    return { reason: 'batch_missing', field: '', detail: `Rows must be an array, got ${kindOf(value)}.` };
  }
  if (value.length > MAX_BATCH_EVENTS) {
    const detail = `The batch has ${value.length} rows; at most ${MAX_BATCH_EVENTS} are taken.`;
    return { reason: 'too_many_events', field: '', detail };
  }
  const wrong = value.findIndex((one) => !isRow(one));
  if (wrong < 0) return value;
  return {
    reason: 'invalid_field',
    field: `/${wrong}`,
    detail: 'A row must be {n, row} with its number and its values.',
  };
}

const isRow = (value: unknown): value is NumberedRow =>
  isObject(value) && Number.isSafeInteger(value.n) && isObject(value.row);

function problemOf(n: unknown, { reason, detail }: JsonObject): Finding {
  const known = reason === 'row_too_large' ? reason : 'row_unreadable';
  const text = typeof detail === 'string' ? detail.slice(0, 500) : 'The row could not be read.';
  return { reason: known, field: '', detail: `Row ${typeof n === 'number' ? n : '?'}: ${text}` };
}

function keyOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(text);
    return Array.isArray(key) ? key.filter((one) => typeof one === 'string') : undefined;
  } catch {
    return undefined;
  }
}
