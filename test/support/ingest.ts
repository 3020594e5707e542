import { readFileSync } from 'node:fs';
import type { CleanDeps } from '../../functions/clean/draft.ts';
import { compilePlan } from '../../functions/clean/plan.ts';
import type { CollectDeps, Observation } from '../../functions/collect/collect.ts';
import type { HttpRequest } from '../../functions/shared/http.ts';
import { encodeRaw } from '../../functions/shared/raw-record.ts';
import type { RawStream } from '../../functions/shared/seams.ts';
import { tokeniser } from '../../functions/shared/tokens.ts';
import type { Source } from '../../schemas/event.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';

/** The rules that ship with the product. */
export const RULES: IdentityRules = JSON.parse(
  readFileSync(new URL('../../schemas/identity-rules.json', import.meta.url), 'utf8'),
);

export const WEB: Source = {
  source_id: 'web',
  name: 'Web shop',
  channel: 'web',
  class: 'public',
  allowed_origins: ['https://shop.example.com'],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
};

export const SERVER: Source = {
  ...WEB,
  source_id: 'server',
  name: 'Server',
  channel: 'server',
  class: 'secret',
  allowed_origins: [],
};

/** Arrival of every request and record in these tests. */
export const ARRIVAL = '2026-11-22T02:10:00.000Z';

export const tokenise = tokeniser(Buffer.alloc(32, 7));

/** A plan small enough to be seen whole in a test. */
export const PLAN = compilePlan({
  plan: 'small',
  version: 1,
  owner: 'tests',
  events: {
    'Product Viewed': {
      title: { en: 'Product viewed', zh: '浏览商品' },
      description: '',
      type: 'track',
      properties: {
        product_id: { type: 'string' },
        price: { type: 'number', minimum: 0 },
        note: { type: 'string', maxLength: 30, 'x-personal': true },
        items: { type: 'array', items: { type: 'object', properties: { sku: { type: 'string' } }, required: ['sku'] } },
      },
      required: ['product_id'],
    },
    identify: {
      title: { en: 'Person', zh: '用户' },
      description: '',
      type: 'identify',
      properties: { age: { type: 'integer' }, phone: { type: ['string', 'number'] } },
      required: [],
    },
  },
});

export const CLEAN_DEPS: CleanDeps = { rules: RULES, plan: PLAN, tokenise };

/** A raw record as `collect` writes it. A string body is taken as it is, anything else as JSON. */
export function rawRecord(route: string, body: unknown, source: Source = WEB): Buffer {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const head = { v: 1 as const, protocol: 'segment' as const, route, source, request_id: 'r1', received_at: ARRIVAL };
  return encodeRaw(head, bytes);
}

/** A raw stream that keeps what it was given; `fail` makes the next puts reject. */
export class MemoryRawStream implements RawStream {
  readonly records: Uint8Array[] = [];
  fail: Error | undefined;

  async put(record: Uint8Array): Promise<void> {
    if (this.fail !== undefined) throw this.fail;
    this.records.push(record);
  }
}

/** A collector with the keys `pub` (web) and `sec` (server), a fixed clock and counted request ids. */
export function collector(keys: Record<string, Source> = { pub: WEB, sec: SERVER }) {
  const raw = new MemoryRawStream();
  const seen: Observation[] = [];
  let requests = 0;
  const deps: CollectDeps = {
    clock: { now: () => Date.parse(ARRIVAL) },
    newRequestId: () => `r${++requests}`,
    sourceByKey: async (key) => (Object.hasOwn(keys, key) ? keys[key] : undefined),
    isAllowedOrigin: (origin, source) =>
      (source === undefined ? Object.values(keys) : [source]).some((each) => each.allowed_origins.includes(origin)),
    raw,
    observe: (observation) => seen.push(observation),
  };
  return { deps, raw, seen };
}

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** A POST with the key `sec`, unless told otherwise. */
export function post(path: string, body: unknown, headers: Record<string, string> = {}): HttpRequest {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { method: 'POST', path, query: {}, headers: { authorization: basic('sec'), ...headers }, body: bytes };
}
