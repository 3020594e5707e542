import { type CleanResult, cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import type { HttpRequest, HttpResponse } from '../../../../functions/shared/http.ts';
import type { CleanEvent, Source } from '../../../../schemas/event.ts';
import { CLEAN_DEPS, collector, SERVER, WEB } from '../../../support/ingest.ts';

export const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

export const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

export interface Sending {
  readonly path?: string;
  readonly method?: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly source?: Source;
}

/** One request with the key `k`, its answer, and what became of what was stored. */
export async function sent(sending: Sending): Promise<{ answer: HttpResponse; stored: number } & CleanResult> {
  const { path = '/sa', method = 'POST', query = { token: 'k' }, headers = {}, body = '', source = WEB } = sending;
  const { deps, raw } = collector({ k: source });
  const request: HttpRequest = { method, path, query, headers, body: Buffer.from(body) };
  const answer = await collect(request, deps);
  const results = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  return {
    answer,
    stored: raw.records.length,
    events: results.flatMap(({ events }) => events),
    quarantined: results.flatMap(({ quarantined }) => quarantined),
    secrets: results.flatMap(({ secrets }) => secrets),
  };
}

/** The same for some records in a form, as every SDK sends them. */
export const sentRecords = (records: readonly unknown[], sending: Sending = {}) =>
  sent({ body: form({ data_list: base64(records), gzip: '0' }), ...sending });

export const FROM_SERVER = { source: SERVER } as const;

export const TRACK = {
  type: 'track',
  event: 'OrderPaid',
  time: 1795313627813,
  distinct_id: 'u-1',
  login_id: 'u-1',
  _track_id: 7,
  properties: { amount: 9.5 },
};

/** The one event that a record becomes. @throws Error where it is put in quarantine */
export async function one(record: object, sending: Sending = {}): Promise<CleanEvent> {
  const { events, quarantined } = await sentRecords([record], sending);
  const [event] = events;
  if (event === undefined) throw new Error(`Quarantined: ${quarantined.map(({ detail }) => detail)}`);
  return event;
}

/** Canonical keys of its identifiers, the strongest first. */
export const keysOf = ({ identifiers }: CleanEvent): string[] =>
  identifiers.map(({ type, scope, value }) => [type, scope, value].filter((part) => part !== undefined).join(':'));

export const profile = (type: string, properties: object = {}) => ({ ...TRACK, type, event: undefined, properties });
