import { randomBytes } from 'node:crypto';
import type { CollectDeps } from '../functions/collect/collect.ts';
import type { Clock, RawStream } from '../functions/shared/seams.ts';
import { newId } from './operator.ts';
import type { SourceRegistry } from './sources.ts';
import type { Counters } from './state.ts';

/** Whoever is refused before it is known who it is. */
const UNKNOWN_SOURCE = 'unknown';

/** What the collector needs of the embedded deployment; it counts what it took and what it refused. */
export const collectDeps = (parts: {
  readonly clock: Clock;
  readonly sources: SourceRegistry;
  readonly raw: RawStream;
  readonly counters: Counters;
  readonly publicUrl: string | undefined;
}): CollectDeps => {
  const { clock, sources, raw, counters, publicUrl } = parts;
  return {
    clock,
    newRequestId: newId,
    sourceByKey: sources.byKey,
    isAllowedOrigin: sources.isAllowedOrigin,
    secretsOf: sources.secretsOf,
    random: randomBytes,
    raw,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    observe: ({ source_id = UNKNOWN_SOURCE, accepted, refused }) => {
      counters.add('collect.requests');
      counters.add('collect.accepted', accepted);
      counters.add('collect.refused', refused.length);
      const now = clock.now();
      for (const reason of refused) {
        counters.add(`refused.${reason}`);
        counters.quality.add({ source_id, event: '', kind: 'refused', reason }, now);
      }
    },
  };
};
