import { hashKey } from '../../functions/shared/sources/keys.ts';
import type { Source } from '../../schemas/event.ts';
import type { SimulatedDynamo } from './dynamo.ts';

const base = { allowed_origins: [], default_region: 'CN', time_zone: 'Asia/Shanghai' };

/** Where events come from; the write key of each is `key-<source id>`. */
export const SOURCES = {
  web: { ...base, source_id: 'web', name: 'Web shop', channel: 'web', class: 'public' },
  app: { ...base, source_id: 'app', name: 'App', channel: 'app', class: 'public' },
  crm: { ...base, source_id: 'crm', name: 'CRM', channel: 'crm', class: 'secret' },
} as const satisfies Record<string, Source>;

export type SourceId = keyof typeof SOURCES;

export const keyOf = (source: SourceId): string => `key-${source}`;

export function seedSources(dynamo: SimulatedDynamo): void {
  for (const source of Object.values(SOURCES)) {
    const key_hash = hashKey(keyOf(source.source_id));
    dynamo.seed('sources', { key_hash: { S: key_hash }, source: { S: JSON.stringify(source) } });
  }
}
