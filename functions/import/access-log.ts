import type { RowFormat } from '../../schemas/import.ts';
import { isObject, type JsonObject } from '../shared/json.ts';
import { parseTime } from '../shared/time.ts';
import { ALB_FIELDS, JSON_FIELDS, type LogField, SPACED_FIELDS, W3C_FIELDS } from './log-fields.ts';
import type { ReadRow } from './rows.ts';
import type { RowReader } from './text-part.ts';

export type LogFormat = Extract<RowFormat, 'nginx' | 'nginx_json' | 'w3c' | 'alb'>;

/** A line of an access log as a row: the same columns whatever the format, those that it lacks left out. */
type LineReader = (line: string) => JsonObject | undefined;

/** nginx `combined`, also with further quoted or plain fields behind it, which are not read. The user may hold spaces. */
const COMBINED =
  /^(\S+) \S+ (.*?) \[([^\]]{20,40})\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"/;
const COMBINED_TIME = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** nginx writes a byte that it escapes as `\xE7`; those of UTF-8 belong together. */
export function unescapeNginx(text: string): string {
  if (!text.includes('\\x')) return text;
  return text.replace(/(?:\\x[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8'),
  );
}

function combinedTime(text: string): string | undefined {
  const match = COMBINED_TIME.exec(text);
  const month = MONTHS.indexOf(match?.[2] ?? '') + 1;
  if (match === null || month === 0) return undefined;
  return `${match[3]}-${String(month).padStart(2, '0')}-${match[1]}T${match[4]}${match[5]}:${match[6]}`;
}

function readCombined(line: string): JsonObject | undefined {
  const match = COMBINED.exec(line);
  const time = combinedTime(match?.[3] ?? '');
  if (match === null || time === undefined) return undefined;
  const [, ip, user, , request = '', status, bytes, referrer, agent] = match;
  const [method, target] = requestOf(unescapeNginx(request));
  return row({
    time,
    ip,
    user: clean(user),
    method,
    ...target,
    status,
    bytes,
    referrer: clean(referrer),
    user_agent: clean(agent),
  });
}

const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : unescapeNginx(text));

/** Method and target of a request line; a line that is none has neither. */
function requestOf(line: string): [string | undefined, ReturnType<typeof targetOf>] {
  const match = /^([A-Z]{3,20}) (\S+)(?: HTTP\/[\d.]+)?$/.exec(line);
  return match ? [match[1], targetOf(match[2] ?? '')] : [undefined, {}];
}

/** Path, query and host of a request's target, which may be a whole URL. */
export function targetOf(target: string): { path?: string; query?: string; host?: string } {
  const whole = /^[a-z]{2,6}:\/\/([^/?#]*)([^#]*)/i.exec(target);
  const rest = whole ? whole[2] || '/' : target;
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const host = whole?.[1]?.replace(/:(?:80|443)$/, '');
  return { path, ...(mark >= 0 && { query: rest.slice(mark + 1) }), ...(host && { host }) };
}

/** The row without what is missing; numbers are numbers. */
function row(values: Readonly<Partial<Record<LogField, unknown>>>): JsonObject {
  const made: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null || value === '' || value === '-') continue;
    made[name] =
      ['status', 'bytes', 'seconds'].includes(name) && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  return made;
}

function readNginxJson(line: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const found: Partial<Record<LogField, unknown>> = {};
  for (const [name, field] of Object.entries(value)) {
    const known = JSON_FIELDS[name];
    if (known !== undefined) found[known] ??= field;
  }
  const [method, target] = typeof found.request === 'string' ? requestOf(found.request) : [undefined, {}];
  const path = typeof found.path === 'string' ? targetOf(found.path) : {};
  const { request, ...rest } = found;
  const seconds = parseTime(found.time) === undefined ? Number(value.msec) : Number.NaN;
  const time = Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : found.time;
  return time === undefined ? undefined : row({ method, ...target, ...rest, ...path, time });
}

/** Splits at single spaces; a field in quotes may hold spaces. */
const spaced = (line: string): string[] =>
  [...line.matchAll(SPACED_FIELDS)].map(([, quoted, plain]) => quoted ?? plain ?? '');

function readAlb(line: string): JsonObject | undefined {
  const fields = spaced(line);
  const found: Partial<Record<LogField, unknown>> = {};
  ALB_FIELDS.forEach((name, index) => {
    if (name !== undefined) found[name] = fields[index];
  });
  if (parseTime(found.time) === undefined || typeof found.request !== 'string') return undefined;
  const [method, target] = requestOf(found.request);
  const { request, ip, ...rest } = found;
  return row({ ...rest, method, ...target, ip: String(ip).replace(/:\d+$/, '') });
}

/** W3C extended log files, CloudFront's among them: `#Fields` says what the columns are, and may say so anew in the middle. */
function w3cReader(): (line: string) => JsonObject | undefined | 'no row' {
  let fields: readonly string[] | undefined;
  let date: string | undefined;
  return (line) => {
    if (line.startsWith('#')) {
      const [, name = '', text = ''] = /^#([\w-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === 'Fields') fields = text.trim().split(/\s+/);
      if (name === 'Date' || name === 'Start-Date') date = text.slice(0, 10);
      return 'no row';
    }
    const values = line.includes('\t') ? line.split('\t') : spaced(line);
    return fields && readW3c(fields, values, date);
  };
}

const unescapeUrl = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('%25', '%'));
  } catch {
    return text;
  }
};

function readW3c(
  fields: readonly string[],
  values: readonly string[],
  fileDate: string | undefined,
): JsonObject | undefined {
  const found: Partial<Record<LogField, string>> = {};
  let [date, time] = [fileDate, undefined as string | undefined];
  fields.forEach((name, index) => {
    const value = values[index];
    if (value === undefined || value === '-') return;
    if (name === 'date') date = value;
    else if (name === 'time') time = value;
    else {
      const known = W3C_FIELDS[name.toLowerCase()];
      if (known !== undefined) found[known] ??= value;
    }
  });
  if (date === undefined || time === undefined || parseTime(`${date}T${time}Z`) === undefined) return undefined;
  const { user_agent, referrer, cookie } = found;
  return row({
    ...found,
    time: `${date}T${time}Z`,
    // Only CloudFront says it in seconds: others mean milliseconds, or do not say.
    seconds: fields.includes('x-edge-request-id') ? found.seconds : undefined,
    // CloudFront escapes spaces; IIS writes a plus for each.
    user_agent: user_agent && unescapeUrl(user_agent.includes('%20') ? user_agent : user_agent.replaceAll('+', ' ')),
    referrer: referrer && unescapeUrl(referrer),
    cookie: cookie && unescapeUrl(cookie),
  });
}

/** What reads the lines of an access log. */
export function logReader(format: LogFormat): RowReader {
  const w3c = format === 'w3c' ? w3cReader() : undefined;
  const plain: LineReader = format === 'nginx' ? readCombined : format === 'alb' ? readAlb : readNginxJson;
  const read = (line: string, n: number): ReadRow | undefined => {
    if (line.trim() === '') return undefined;
    const found = w3c ? w3c(line) : plain(line);
    if (found === 'no row') return undefined;
    if (found) return { n, row: found };
    return {
      n,
      problem: { reason: 'row_unreadable', detail: `The line is no line of an access log of the format ${format}.` },
    };
  };
  return { headed: false, stateful: w3c !== undefined, read };
}
