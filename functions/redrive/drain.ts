import type { SpillHead } from '../../schemas/spill.ts';
import { DeliveryError } from '../shared/aws-batch.ts';
import { callFault } from '../shared/aws-errors.ts';
import type { Clock } from '../shared/seams.ts';
import { readSpillObject, SPILL_PREFIX } from '../shared/spill.ts';
import type { Failures, Kept } from './bucket.ts';

/** Delivers the lines of a spilled object to where they were meant to go. Doing it twice does no harm. */
export type Sinks = Readonly<Record<SpillHead['kind'], (target: string, lines: readonly string[]) => Promise<void>>>;

export interface DrainDeps {
  readonly failures: Failures;
  readonly sinks: Sinks;
  readonly clock: Clock;
  /** Epoch ms: no object is begun after it. */
  readonly deadline: number;
  /** Objects at once; each is a few MiB at most. */
  readonly parallel: number;
  /** Told of each object that could not be delivered; for the log. */
  onFault(fault: { readonly key: string; readonly error: unknown }): void;
}

export interface DrainReport {
  /** Objects delivered and removed, and the lines in them. */
  drained: number;
  lines: number;
  /** Objects that wait for another run: their target is down, or time was over. */
  waiting: number;
  /** Objects that no run will deliver by itself: unreadable, or refused for what is in them. */
  stuck: number;
  /** Age of the oldest that was left. */
  oldest_seconds: number;
}

type Outcome = 'drained' | 'waiting' | 'stuck';

/**
 * Delivers what was spilled, and removes each object once it is delivered: a run that ends anywhere repeats at most what it was
 * just doing. A target that is down is not tried again in this run, and does not hold up the others.
 */
export async function drain(deps: DrainDeps): Promise<DrainReport> {
  const report: DrainReport = { drained: 0, lines: 0, waiting: 0, stuck: 0, oldest_seconds: 0 };
  const down = new Set<string>();
  for await (const page of deps.failures.list(SPILL_PREFIX)) {
    await inParallel(page, deps.parallel, async (object) => {
      const outcome = await take(object, { ...deps, down, report });
      report[outcome] += 1;
      if (outcome === 'drained') return;
      const age = Math.max(0, Math.round((deps.clock.now() - object.at) / 1000));
      report.oldest_seconds = Math.max(report.oldest_seconds, age);
    });
    // The next run begins with the first page again; the pages after this one can only be younger or wait as well.
    if (deps.clock.now() > deps.deadline) break;
  }
  return report;
}

/** `spill/lake/events/….jsonl.gz`: what the object is for, without reading it. */
const targetOf = (key: string): string => key.slice(SPILL_PREFIX.length).split('/').slice(0, 2).join('/');

async function take(
  { key }: Kept,
  { failures, sinks, clock, deadline, onFault, down, report }: DrainDeps & { down: Set<string>; report: DrainReport },
): Promise<Outcome> {
  const target = targetOf(key);
  if (down.has(target) || clock.now() > deadline) return 'waiting';
  try {
    const body = await failures.read(key);
    if (body === undefined) return 'drained';
    const { head, lines } = readSpillObject({ key, body });
    await sinks[head.kind](head.target, lines);
    await failures.remove(key);
    report.lines += lines.length;
    return 'drained';
  } catch (error) {
    onFault({ key, error });
    if (!mayPass(error)) return 'stuck';
    down.add(target);
    return 'waiting';
  }
}

/** Whether the same object may well be delivered later. */
const mayPass = (error: unknown): boolean =>
  error instanceof DeliveryError || !['own', 'invalid'].includes(callFault(error));

async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
