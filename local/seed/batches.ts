import { SECOND } from './calendar.ts';
import type { Random } from './random.ts';
import { type Emission, iso, type Json, SDKS } from './sdk.ts';

/** One request to `POST /v1/batch`, to be sent when the virtual clock shows `at`. */
export interface SeedRequest {
  /** Arrival at the collector, epoch milliseconds. */
  at: number;
  /** Whose write key to send it with. */
  source_id: string;
  body: { batch: object[]; sentAt: string };
}

interface Queue {
  readonly first: Emission;
  readonly events: Json[];
  last: Emission;
}

const isFull = ({ first, events }: Queue, next: Emission): boolean => {
  const { window_ms, max_batch } = SDKS[first.source_id];
  // A device without network goes on collecting.
  const tooOld = first.held_until === undefined && next.at - first.at > window_ms;
  return tooOld || events.length >= max_batch;
};

/** Sends a queue: at its last event, or when the network is back; `sentAt` is by the sender's own clock. */
const send = ({ first, last, events }: Queue, random: Random): SeedRequest => {
  const sent = first.held_until === undefined ? last.at + random.int(1, 2 * SECOND) : first.held_until;
  const at = sent + random.int(40, 400);
  return { at, source_id: first.source_id, body: { batch: events, sentAt: iso(sent + first.skew_ms) } };
};

/** Batches events the way each client's queue would: per sender, by age and size. */
export const batched = (emissions: readonly Emission[], random: Random): SeedRequest[] => {
  const queues = new Map<string, Queue>();
  const requests: SeedRequest[] = [];
  for (const emission of emissions.toSorted((a, b) => a.at - b.at)) {
    const key = `${emission.source_id} ${emission.sender} ${emission.held_until ?? ''}`;
    const queue = queues.get(key);
    if (queue !== undefined && !isFull(queue, emission)) {
      queue.events.push(emission.event);
      queue.last = emission;
      continue;
    }
    if (queue !== undefined) requests.push(send(queue, random));
    queues.set(key, { first: emission, last: emission, events: [emission.event] });
  }
  for (const queue of queues.values()) requests.push(send(queue, random));
  return requests;
};
