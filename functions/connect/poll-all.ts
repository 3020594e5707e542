import { sourceOf } from '../shared/sources/definition.ts';
import type { StoredSource } from '../shared/sources/store.ts';
import { type PollDeps, pollSource } from './poll-source.ts';
import { isOutbound, type SecretsByName } from './settings.ts';

export interface PollAllDeps extends PollDeps {
  sources(): Promise<readonly StoredSource[]>;
  secretsOf(source: StoredSource): Promise<SecretsByName>;
  onFault(source_id: string, error: unknown): void;
}

/** What became of a run. */
export interface Run {
  readonly polled: number;
  readonly failed: number;
  /** Messages and orders. */
  readonly kept: number;
}

/** Sources at once; another waits until one of them is up to date. */
const PARALLEL = 4;
const MINUTE = 60_000;

/**
 * Fetches for every source that is switched on, side by side. One that fails stands in nobody's way; each run begins with another one, so
 * that none waits for ever behind a slow one.
 * @throws what `sources` throws
 */
export async function pollAll(deadline: number, deps: PollAllDeps): Promise<Run> {
  const all = (await deps.sources()).filter(
    ({ definition }) => isOutbound(definition) && definition.disabled === undefined,
  );
  const first = Math.floor(deps.now() / MINUTE) % Math.max(1, all.length);
  const waiting = [...all.slice(first), ...all.slice(0, first)];
  const run = { polled: 0, failed: 0, kept: 0 };
  const work = async (): Promise<void> => {
    for (let stored = waiting.shift(); stored !== undefined && deps.now() < deadline; stored = waiting.shift()) {
      try {
        const secrets = await deps.secretsOf(stored);
        const kept = await pollSource(sourceOf(stored.definition), secrets, { ...deps, deadline });
        run.kept += kept;
        run.polled += 1;
      } catch (error) {
        run.failed += 1;
        deps.onFault(stored.definition.source_id, error);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return run;
}
