import { type TakeDeps, takeMessages } from '../../functions/shared/sqs-batch.ts';
import { TOPOLOGY, topologyOf } from '../../functions/shared/topology.ts';
import { Dice } from './dice.ts';
import { sqsRecord } from './raw-queue.ts';

/** `bad` fails its first `times` works; `killer` ends the function at each. */
export type Message =
  | { readonly kind: 'healthy'; readonly at: number }
  | { readonly kind: 'bad'; readonly at: number; readonly times: number }
  | { readonly kind: 'killer'; readonly at: number };

/** While it lasts, nothing can be put anywhere. Seconds. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

export type Take = (event: Parameters<typeof takeMessages>[0], deps: TakeDeps) => ReturnType<typeof takeMessages>;

interface Held {
  readonly message: Message;
  readonly id: string;
  receives: number;
  visibleAt: number;
  failures: number;
  doneAt?: number;
  /** Where the queue no longer has it: done with, or a dead letter. */
  gone?: 'acknowledged' | 'dead';
}

const { visibility_seconds, timeout_seconds, max_receives } = TOPOLOGY.raw_queue;
/** Of a size that fills its batches: more stand beside a bad message there. */
const { batch_size } = topologyOf('medium').consumers.clean;
/** What one call of the work takes, and one that runs against an outage. */
const WORK_SECONDS = 0.2;
const OUTAGE_SECONDS = 6;

/**
 * A queue and the one function that reads it, in virtual seconds: standard SQS with a visibility timeout and a bound on deliveries, and
 * Lambda, which deletes what its answer does not name and nothing when there is no answer.
 */
export class QueueModel {
  readonly messages: Held[];
  /** Calls of the work, and the messages that were acknowledged though they were not done. */
  works = 0;
  readonly lost: Held[] = [];
  now = 0;
  readonly #outages: readonly Outage[];
  readonly #dice: Dice;
  readonly #take: Take;

  constructor(
    messages: readonly Message[],
    { outages = [], seed, take = takeMessages }: { outages?: readonly Outage[]; seed: number; take?: Take | undefined },
  ) {
    this.messages = messages.map((message, n) => ({
      message,
      id: `m${n}`,
      receives: 0,
      visibleAt: message.at,
      failures: 0,
    }));
    this.#outages = outages;
    this.#dice = new Dice(seed);
    this.#take = take;
  }

  /** Until nothing is left in the queue, or the time is over. */
  async run(untilSeconds: number): Promise<void> {
    for (;;) {
      const left = this.messages.filter(({ gone }) => gone === undefined);
      if (left.length === 0 || this.now > untilSeconds) return;
      const next = Math.min(...left.map(({ visibleAt }) => visibleAt));
      // Lambda waits a second for a batch to fill.
      this.now = Math.max(this.now, next) + 1;
      await this.#invoke(this.#receive(left));
    }
  }

  #receive(left: readonly Held[]): Held[] {
    const visible = left.filter(({ visibleAt }) => visibleAt <= this.now);
    const given: Held[] = [];
    while (visible.length > 0 && given.length < batch_size) {
      const [held] = visible.splice(this.#dice.below(visible.length), 1);
      if (held === undefined) break;
      held.receives += 1;
      held.visibleAt = this.now + visibility_seconds;
      if (held.receives > max_receives) held.gone = 'dead';
      else given.push(held);
    }
    return given;
  }

  async #invoke(given: readonly Held[]): Promise<void> {
    if (given.length === 0) return;
    const begun = this.now;
    const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>();
    const byReceipt = new Map<string, Held>();
    const Records = given.map((held) => {
      const record = sqsRecord(held.id, { receives: held.receives, sentAt: held.message.at * 1000 });
      byReceipt.set(record.receiptHandle, held);
      return record;
    });
    const find = (receipt: string): Held[] => [byReceipt.get(receipt)].filter((held) => held !== undefined);
    const answer = await Promise.race([
      killed,
      this.#take(
        { Records },
        {
          open: async (body) => Buffer.from(body),
          work: (records) =>
            this.#work(
              records.map(({ bytes }) => Buffer.from(bytes).toString()),
              kill,
            ),
          held: async () => ({
            remove: async (receipts) => {
              for (const held of receipts.flatMap(find)) this.#acknowledge(held);
            },
            postpone: async (waits) => {
              for (const { receipt, seconds } of waits)
                for (const held of find(receipt)) held.visibleAt = this.now + seconds;
            },
          }),
          remainingMs: () => (begun + timeout_seconds - this.now) * 1000,
          random: () => this.#dice.roll(),
          onFault: () => undefined,
        },
      ),
    ]);
    if (answer === 'killed') {
      this.now = begun + timeout_seconds;
      return;
    }
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const held of given) if (!failed.has(held.id)) this.#acknowledge(held);
  }

  #acknowledge(held: Held): void {
    if (held.doneAt === undefined) this.lost.push(held);
    held.gone = 'acknowledged';
  }

  async #work(ids: readonly string[], kill: (_: 'killed') => void): Promise<void> {
    this.works += 1;
    const isOut = this.#outages.some(({ from, to }) => this.now >= from && this.now < to);
    this.now += isOut ? OUTAGE_SECONDS : WORK_SECONDS;
    const batch = ids.map((id) => this.messages[Number(id.slice(1))]).filter((held) => held !== undefined);
    if (batch.some(({ message }) => message.kind === 'killer')) {
      kill('killed');
      return await new Promise(() => undefined);
    }
    if (isOut) throw new Error('nothing is taken');
    const failing = batch.filter(({ message, failures }) => message.kind === 'bad' && failures < message.times);
    for (const held of failing) held.failures += 1;
    if (failing.length > 0) throw new Error('cannot');
    for (const held of batch) held.doneAt ??= this.now;
  }
}
