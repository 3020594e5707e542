import type { PollDeps } from '../../functions/connect/poll-source.ts';
import { decodeRaw } from '../../functions/shared/raw-record.ts';
import type { Source } from '../../schemas/event.ts';
import { MemoryDocStore } from './memory-doc-store.ts';
import { APP } from './platform-server.ts';

/** 2026-11-22 12:00 in China. */
export const NOON = Date.parse('2026-11-22T04:00:00Z');

/** A source that is fetched for, from an imitated platform. */
export const fetchedSource = (protocol: 'tmc' | 'jos', url: string): Source => ({
  source_id: protocol === 'tmc' ? 'tmall' : 'jd',
  name: protocol,
  channel: 'marketplace',
  class: 'signed',
  protocol,
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
  app_id: 'shop9',
  settings: { url },
});

export const SECRETS = Object.fromEntries(Object.entries(APP).map(([name, value]) => [name, ['old', value]]));

/** What polling needs, with a stream and a store in memory, a clock that stands, and waits that are only noted. */
export function polling() {
  const records: ReturnType<typeof decodeRaw>[] = [];
  const waits: number[] = [];
  const clock = { ms: NOON };
  const state = { isDown: false, ids: 0 };
  const store = new MemoryDocStore();
  const deps: PollDeps = {
    now: () => clock.ms,
    receivedNow: () => clock.ms,
    random: () => 0.5,
    sleep: async (ms) => waits.push(ms),
    newId: () => `r${++state.ids}`,
    loopback: true,
    store,
    raw: {
      put: async (record) => {
        if (state.isDown) throw new Error('the stream is down');
        records.push(decodeRaw(record));
      },
    },
  };
  const items = (): Record<string, unknown>[] => records.flatMap(({ body }) => JSON.parse(body.toString('utf8')));
  return { deps, records, waits, clock, state, store, items };
}
