import type { Clock, RawStream } from '../shared/seams.ts';

/** A raw stream to which no more than so many bytes a second are put: live events wait behind them in the same queue. */
export function paced(
  raw: RawStream,
  { clock, sleep, bytesPerSecond }: { clock: Clock; sleep(ms: number): Promise<unknown>; bytesPerSecond: number },
): RawStream {
  /** From when on the next record may go. */
  let free = 0;
  return {
    async put(record) {
      const now = clock.now();
      if (free > now) await sleep(free - now);
      free = Math.max(free, now) + (record.byteLength / bytesPerSecond) * 1000;
      await raw.put(record);
    },
  };
}
