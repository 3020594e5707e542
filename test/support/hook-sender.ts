import { cleanRecord } from '../../functions/clean/clean.ts';
import { compilePlan } from '../../functions/clean/plan.ts';
import { collect } from '../../functions/collect/collect.ts';
import type { HttpRequest } from '../../functions/shared/http.ts';
import type { Source } from '../../schemas/event.ts';
import retail from '../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../schemas/tracking-plan.ts';
import { ARRIVAL, CLEAN_DEPS, collector, WEB } from './ingest.ts';

/** Milliseconds at which everything arrives unless a test says otherwise. */
export const NOW = Date.parse(ARRIVAL);

/** Cleans by the plan that ships, which is what platforms' orders have to fit. */
const DEPS = { ...CLEAN_DEPS, plan: compilePlan(retail as TrackingPlan) };

export interface HookSetting {
  readonly protocol: string;
  readonly app_id?: string;
  readonly secrets?: Readonly<Record<string, readonly string[]>>;
  readonly source?: Partial<Source>;
  /** Default `hook`. */
  readonly key?: string;
}

/** A collector with one source of a platform, and what becomes of its requests. */
export function hookServer({ protocol, app_id, secrets = {}, source = {}, key = 'hook' }: HookSetting) {
  const own: Source = {
    ...WEB,
    source_id: 'hook',
    name: 'Hook',
    channel: protocol,
    class: 'signed',
    protocol,
    allowed_origins: [],
    ...(app_id !== undefined && { app_id }),
    ...source,
  };
  const { deps, raw, seen } = collector({ [key]: own });
  let now = NOW;
  return {
    raw,
    seen,
    at(ms: number): void {
      now = ms;
    },
    send: (request: HttpRequest) =>
      collect(request, { ...deps, clock: { now: () => now }, secretsOf: async () => secrets }),
    /** Everything that was stored, cleaned. */
    cleaned() {
      const results = raw.records.map((record) => cleanRecord(record, DEPS));
      return {
        events: results.flatMap(({ events }) => events),
        quarantined: results.flatMap(({ quarantined }) => quarantined),
      };
    },
    /** What the metrics were told of the last request. */
    last: () => seen.at(-1),
  };
}

/** A POST to a hook's address. Text and bytes go as they are, anything else as JSON. */
export function hookPost(path: string, body: unknown, headers: Record<string, string> = {}): HttpRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return {
    method: 'POST',
    path,
    query: {},
    headers: { 'content-type': 'application/json', ...headers },
    body: bytes,
  };
}
