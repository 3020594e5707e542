import { readArchive } from '../../functions/shared/raw-archive.ts';
import { unpack } from '../../functions/shared/stream-codec.ts';
import type { Cloud } from './cloud.ts';
import type { Finished } from './finished.ts';
import { HOUR } from './world.ts';

/**
 * From sending to the end, for a message that is no poison itself: services are away for three hours, a function that dies hides its whole
 * batch for six minutes, and who has failed often waits a quarter of an hour more each time.
 */
const LONGEST_MS = 8 * HOUR;
/** The same where nothing goes wrong but poison. */
const LONGEST_BESIDE_POISON_MS = HOUR;

/** What is wrong with the way of raw records: through the queue in bounded time, and into the archive. */
export function rawFaults(finished: Finished): string[] {
  const { cloud, world } = finished;
  const others = world.faults.names.filter((name) => name !== 'poison');
  return [...queueFaults(cloud, others.length > 0 ? LONGEST_MS : LONGEST_BESIDE_POISON_MS), ...archiveFaults(finished)];
}

function queueFaults({ raw, rawDeadLetters, poisons }: Cloud, longest: number): string[] {
  const faults = [raw, rawDeadLetters].flatMap(({ size, settings: { name } }) =>
    size > 0 ? [`${size} messages stay in ${name}`] : [],
  );
  for (const { id, body, how, age, receives } of raw.gone) {
    if (how === 'expired') faults.push(`${id} was forgotten by the queue`);
    if (poisons.has(body)) continue;
    if (how === 'dead') faults.push(`${id} harms nobody and is a dead letter after ${receives} deliveries`);
    if (age > longest) faults.push(`${id} harms nobody and took ${Math.round(age / 60_000)} minutes`);
  }
  return faults;
}

const TAGS = /<([\w.]+)>/g;

/** Every record that was acknowledged and can be read is in the archive, and whatever is there can be read. */
function archiveFaults({ cloud, ledger }: Finished): string[] {
  const faults: string[] = [];
  const kept = new Set<string>();
  for (const object of new Set(cloud.archive.objects)) {
    try {
      for (const record of readArchive(object)) {
        for (const [, tag = ''] of Buffer.from(unpack(record)).toString('utf8').matchAll(TAGS)) kept.add(tag);
      }
    } catch (error) {
      faults.push(`an object of the archive cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }
  for (const [tag, { acknowledged }] of ledger) {
    if (acknowledged && !kept.has(tag)) faults.push(`event ${tag} was acknowledged and is not in the archive`);
  }
  return faults;
}
