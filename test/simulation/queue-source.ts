import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { QueueConsumerSettings } from '../../functions/shared/topology.ts';
import type { SimulatedFunction } from './lambda.ts';
import type { Delivery, SimulatedQueue } from './queue.ts';
import { SECOND, type World } from './world.ts';

export interface QueueSourceProps {
  readonly name: string;
  readonly queue: SimulatedQueue;
  readonly settings: QueueConsumerSettings;
  readonly target: SimulatedFunction<SQSEvent, SQSBatchResponse>;
}

/** One batch at a time. */
interface Slot {
  readonly batch: Delivery[];
  state: 'idle' | 'gathering' | 'busy';
}

/** Lambda begins with five batches at a time; for more than that the simulated traffic is too little. */
const FIRST_SLOTS = 5;
/** What Lambda hands over in one invocation. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Around the text of each message, about. */
const ENVELOPE_BYTES = 1_000;
/** A poll that could not reach the queue is made again after it. */
const AGAIN_MS = 5 * SECOND;
const A_CALL = 10;

/**
 * Lambda's pollers of a queue: batches by size, payload or window, as many at a time as the concurrency says. What an answer does not name
 * as failed is deleted, if the delete arrives; what ends in any other way stays hidden until the queue shows it again.
 */
export class QueueSource {
  readonly #world: World;
  readonly #props: QueueSourceProps;
  readonly #slots: readonly Slot[];
  #waits = false;

  constructor(world: World, props: QueueSourceProps) {
    this.#world = world;
    this.#props = props;
    const count = Math.min(props.settings.concurrency, FIRST_SLOTS);
    this.#slots = Array.from({ length: count }, () => ({ batch: [], state: 'idle' }));
  }

  begin(): void {
    this.#props.queue.onVisible(() => this.#poll());
  }

  /** Receives what can be seen, as far as somebody has room for it. */
  #poll(): void {
    if (this.#waits) return;
    const { queue, settings } = this.#props;
    for (let slot = this.#free(); slot; slot = this.#free()) {
      if (this.#world.isAway('sqs')) {
        this.#pollLater();
        return;
      }
      const room = Math.min(A_CALL, settings.batch_size - slot.batch.length);
      const received = queue.receive(1 + this.#world.dice.below(room));
      if (received.length === 0) return;
      slot.batch.push(...received);
      if (this.#isFull(slot)) this.#start(slot);
      else if (slot.state === 'idle') this.#gather(slot);
    }
  }

  #pollLater(): void {
    this.#waits = true;
    this.#world.time.after(AGAIN_MS, () => {
      this.#waits = false;
      this.#poll();
    });
  }

  /** Whoever gathers already, mostly; else anybody. */
  #free(): Slot | undefined {
    const { dice } = this.#world;
    const gathering = this.#slots.filter(({ state }) => state === 'gathering');
    const free = this.#slots.filter(({ state }) => state !== 'busy');
    const among = gathering.length > 0 && dice.chance(0.7) ? gathering : free;
    return among[dice.below(Math.max(1, among.length))];
  }

  #isFull({ batch }: Slot): boolean {
    const bytes = batch.reduce((sum, { body }) => sum + body.length + ENVELOPE_BYTES, 0);
    return batch.length >= this.#props.settings.batch_size || bytes > MAX_PAYLOAD_BYTES - A_CALL * 256 * 1024;
  }

  #gather(slot: Slot): void {
    slot.state = 'gathering';
    this.#world.time.after(this.#props.settings.window_seconds * SECOND, () => {
      if (slot.state === 'gathering') this.#start(slot);
    });
  }

  #start(slot: Slot): void {
    slot.state = 'busy';
    const batch = slot.batch.splice(0);
    const { name, target } = this.#props;
    this.#world.note(name, `takes ${batch.length} messages from ${batch[0]?.id}, delivery ${batch[0]?.receives}`);
    const done = target.invoke(eventOf(batch)).then(
      (reply) => doneOf(batch, reply),
      () => [],
    );
    void done.then((messages) => {
      this.#delete(messages);
      slot.state = 'idle';
      this.#poll();
    });
  }

  /** A call that does not arrive is not made again: its messages come once more. */
  #delete(messages: readonly Delivery[]): void {
    const { faults } = this.#world;
    for (let at = 0; at < messages.length; at += A_CALL) {
      const isLost = this.#world.isAway('sqs') || faults.strikes('lost_request');
      for (const { receipt } of isLost ? [] : messages.slice(at, at + A_CALL)) {
        if (!faults.strikes('partial')) this.#props.queue.remove(receipt);
      }
    }
  }
}

/** What is done of a batch. An answer that names no message of the batch, or none at all where it should, fails it all. */
function doneOf(batch: readonly Delivery[], reply: SQSBatchResponse): readonly Delivery[] {
  const failed = new Set((reply?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  const known = new Set(batch.map(({ id }) => id));
  return [...failed].every((id) => known.has(id)) ? batch.filter(({ id }) => !failed.has(id)) : [];
}

const eventOf = (batch: readonly Delivery[]): SQSEvent => ({
  Records: batch.map(
    ({ id, body, receipt, sent, receives }): SQSRecord => ({
      messageId: id,
      receiptHandle: receipt,
      body,
      attributes: {
        ApproximateReceiveCount: String(receives),
        SentTimestamp: String(sent),
        SenderId: 'simulated',
        ApproximateFirstReceiveTimestamp: String(sent),
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:eu-central-1:111111111111:raw',
      awsRegion: 'eu-central-1',
    }),
  ),
});
