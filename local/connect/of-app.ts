import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import type { Clock, RawStream } from '../../functions/shared/seams.ts';
import { Connectors, type ConnectorsParts } from './connectors.ts';

/** The connectors of an embedded deployment. Platforms are asked by real time; what comes arrives by the deployment's clock. */
export function connectorsOf(parts: {
  readonly clock: Clock;
  readonly raw: RawStream;
  readonly store: DocStore;
  readonly pipeline: { transaction<T>(work: () => Promise<T>): Promise<T> };
  readonly sources: ConnectorsParts['sources'];
  realNow(): number;
}): Connectors {
  const { clock, raw, store, pipeline, sources, realNow } = parts;
  return new Connectors({
    sources,
    deps: {
      raw,
      now: realNow,
      receivedNow: () => clock.now(),
      random: Math.random,
      sleep: (ms) => sleep(ms),
      newId: randomUUID,
      // Whoever may change sources here may reach this machine anyway.
      loopback: true,
      // State is written in one line of transactions; a cursor's key is its own.
      store: { get: (keys) => store.get(keys), commit: (writes) => pipeline.transaction(() => store.commit(writes)) },
    },
  });
}
