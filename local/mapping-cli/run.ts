import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isObject, type JsonObject } from '../../functions/shared/json.ts';
import { readSince } from '../redrive/args.ts';

export const USAGE = `npm run mapping -- COMMAND: how what a source sends becomes what the tracking plan knows.
  list                                  the mappings in force
  show NAME                             its versions, the one in force last
  preview FILE --source ID [--last N]   what FILE would make of the last N events of the source (default 20); stores nothing
          [--events FILE]               of these events instead, a JSON array
  put FILE --why TEXT                   puts it in force
  rerun --source ID [--since WHEN] [--until WHEN] [--dry-run]
                                        maps anew what the source sent before and what never became an event
FILE is a JSON mapping: {"mapping", "title", "owner", "purpose", "expression", "tables"}; "expression" may be {"file": "orders.jsonata"}.
WHEN is an instant, 2026-01-31T08:00:00Z, or an age such as 24h, 7d. --data DIR names the data folder (default: data); its server must be running.
--json prints answers as they came.`;

const OPTIONS = {
  data: { type: 'string', default: 'data' },
  source: { type: 'string' },
  last: { type: 'string', default: '20' },
  events: { type: 'string' },
  why: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
type Values = ReturnType<typeof parse>['values'];

/** `npm run mapping`. @returns what to print @throws Error with what is wrong */
export async function runMapping(args: readonly string[]): Promise<string> {
  const { values, positionals } = parse(args);
  const [command, operand] = positionals;
  const call = callerOf(values.data);
  switch (command) {
    case 'list':
      return print(await call('GET', '/api/mappings'));
    case 'show':
      return print(await call('GET', `/api/mappings/${encodeURIComponent(named(operand, 'NAME'))}`));
    case 'preview':
      return preview(readDefinition(named(operand, 'FILE')), values, call);
    case 'put':
      return put(readDefinition(named(operand, 'FILE')), values, call);
    case 'rerun':
      return print(await call('POST', '/api/mappings/rerun', rerunOf(values)));
    default:
      throw new Error(command === undefined ? 'Say what to do.' : `There is no command "${command}".`);
  }
}

type Call = (method: string, path: string, body?: object) => Promise<JsonObject>;

const print = (answer: JsonObject): string => JSON.stringify(answer, null, 2);

function named(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new Error(`${what} is missing.`);
  return value;
}

/** Talks to the server that has the data folder open. */
function callerOf(data: string): Call {
  const file = join(resolve(data), 'dev.json');
  if (!existsSync(file))
    throw new Error(`No server has run in ${resolve(data)} yet; npm start, or name the folder with --data.`);
  const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string };
  return async (method, path, body) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, init).catch(() => {
      throw new Error(`The server at ${url} does not answer; start it with npm start.`);
    });
    const answer: unknown = await response.json();
    if (!isObject(answer)) throw new Error(`The server answered ${response.status} without an object.`);
    if (!response.ok) throw new Error(String(answer.message ?? response.status));
    return answer;
  };
}

/** A mapping's file; its expression may be in a file beside it, where an editor knows the language. */
function readDefinition(path: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isObject(value)) throw new Error(`${path} holds no JSON object.`);
  const { expression } = value;
  if (!isObject(expression) || typeof expression.file !== 'string') return value;
  return { ...value, expression: readFileSync(resolve(path, '..', expression.file), 'utf8') };
}

async function preview(definition: JsonObject, values: Values, call: Call): Promise<string> {
  const source = named(values.source, '--source');
  const events: unknown = values.events && JSON.parse(readFileSync(values.events, 'utf8'));
  const of = events === undefined ? { last: Number(values.last) } : { events };
  const answer = await call('POST', '/api/mappings/preview', { definition, source, ...of });
  if (values.json) return print(answer);
  const shown = Array.isArray(answer.events) ? answer.events.filter(isObject) : [];
  const lines = shown.map(({ outcome, detail, before, after }) =>
    [
      `${String(outcome)}${detail === undefined ? '' : `: ${String(detail)}`}`,
      `  - ${oneLine(before)}`,
      ...list(after),
    ].join('\n'),
  );
  const totals = Object.entries(isObject(answer.outcomes) ? answer.outcomes : {}).map(
    ([name, n]) => `${String(n)} ${name}`,
  );
  return [...lines, '', `${String(answer.looked)} events: ${totals.join(', ')}`].join('\n');
}

const list = (after: unknown): string[] => (Array.isArray(after) ? after.map((event) => `  + ${oneLine(event)}`) : []);

function oneLine(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

async function put(definition: JsonObject, { why }: Values, call: Call): Promise<string> {
  const { mapping, version: _, ...fields } = definition;
  const name = named(typeof mapping === 'string' ? mapping : undefined, '"mapping" in the file');
  const body = { ...fields, reason: named(why, '--why') };
  const answer = await call('PUT', `/api/mappings/${encodeURIComponent(name)}`, body);
  const stored = isObject(answer.mapping) ? answer.mapping.version : '?';
  return `Version ${String(stored)} of ${name} is in force.`;
}

function rerunOf({ source, since, until, 'dry-run': dry_run }: Values): object {
  const instant = (text: string | undefined) => text && new Date(readSince(text, Date.now())).toISOString();
  return { source: named(source, '--source'), since: instant(since), until: instant(until), dry_run };
}
