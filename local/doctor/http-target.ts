import { objectOr } from '../../functions/shared/json.ts';
import type { CanaryTarget } from './canary.ts';

const PATIENCE_MS = 30_000;

/** `fetch`, with whatever the API asks of its callers. */
export type Send = (address: string, init: { method: string; body?: string }) => Promise<Response>;

export interface HttpAddresses {
  /** Addresses with or without a slash at the end. */
  readonly collector: string;
  readonly api: string;
  readonly writeKey: string;
  readonly send: Send;
}

async function answer(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const text = await response.text();
  if (response.ok) return objectOr(JSON.parse(text));
  throw new Error(`The API answered ${response.status}: ${text.slice(0, 200)}`);
}

const at = (base: string, path: string): string => `${base.replace(/\/+$/, '')}${path}`;

/** A collector and an API that are reached over HTTP. */
export function httpTarget({ collector, api, writeKey, send }: HttpAddresses): CanaryTarget {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`;
  const ask = async (path: string, body: unknown) =>
    answer(await send(at(api, path), { method: 'POST', body: JSON.stringify(body) }));
  return {
    async collect(event) {
      const headers = { authorization, 'content-type': 'application/json' };
      const request = { method: 'POST', headers, body: JSON.stringify(event) };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const response = await fetch(at(collector, '/v1/page'), { ...request, signal });
      return { status: response.status, text: await response.text() };
    },
    async personOf(identifier) {
      const { persons } = await ask('/api/persons/search', { identifiers: [identifier] });
      const { one_id } = objectOr(Array.isArray(persons) ? persons[0] : undefined);
      return typeof one_id === 'string' ? one_id : undefined;
    },
    async rowsOf(eventId) {
      // The id is made by the doctor and has no quotes.
      const { rows } = await ask('/api/sql', { sql: `SELECT count(*) AS n FROM events WHERE event_id = '${eventId}'` });
      const [first] = Array.isArray(rows) ? rows : [];
      return Number(Array.isArray(first) ? first[0] : undefined);
    },
  };
}
