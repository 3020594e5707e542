import { GCProfiler, getHeapStatistics } from 'node:v8';

/** What a piece of work cost this process. */
export interface Cost {
  readonly seconds: number;
  /** User and system time of all threads: steadier than seconds on a machine that others use too. */
  readonly cpuSeconds: number;
  /** Bytes taken from the JavaScript heap; memory outside it (buffers, SQLite) is not in it. */
  readonly allocatedBytes: number;
}

/** Starts to measure; the returned function stops and tells. */
export function startMeasuring(): () => Cost {
  const profiler = new GCProfiler();
  const heapBefore = getHeapStatistics().used_heap_size;
  profiler.start();
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  return () => {
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    const collections = profiler.stop().statistics;
    let heap = heapBefore;
    let allocatedBytes = 0;
    for (const { beforeGC, afterGC } of collections) {
      allocatedBytes += beforeGC.heapStatistics.usedHeapSize - heap;
      heap = afterGC.heapStatistics.usedHeapSize;
    }
    allocatedBytes += getHeapStatistics().used_heap_size - heap;
    return { seconds, cpuSeconds: (user + system) / 1e6, allocatedBytes };
  };
}

/** Measures one piece of work. */
export async function measure(work: () => unknown): Promise<Cost> {
  const stop = startMeasuring();
  await work();
  return stop();
}

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

/** The value that a share of the numbers do not exceed (nearest rank); NaN for none. */
export const percentile = (numbers: readonly number[], share: number): number =>
  ascending(numbers)[Math.max(0, Math.ceil(share * numbers.length) - 1)] ?? Number.NaN;

export const median = (numbers: readonly number[]): number => percentile(numbers, 0.5);
