import type { Clock } from './seams.ts';

/**
 * Loads something at first use and again once it is older than `seconds`, so that a change reaches every container in that time.
 * A failure is not kept, and neither is what was known before: whoever asks next tries again.
 */
export function refreshed<T>(load: () => Promise<T>, { clock, seconds }: { clock: Clock; seconds: number }) {
  let known: Promise<T> | undefined;
  let until = 0;
  return (): Promise<T> => {
    if (known !== undefined && clock.now() < until) return known;
    until = clock.now() + seconds * 1000;
    const loading = load().catch((error: unknown) => {
      if (known === loading) known = undefined;
      throw error;
    });
    known = loading;
    return loading;
  };
}
