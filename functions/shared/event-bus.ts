import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type BatchLimits, chunk, refused } from './aws-batch.ts';
import { deliverOrSpill, type OutputOptions } from './output.ts';
import type { Bus, BusEvent } from './seams.ts';

/** PutEvents takes ten entries of 256 KiB together. */
const CALL: BatchLimits = { items: 10, bytes: 256 * 1024 };
/** What EventBridge counts of an entry besides its strings. */
const ENTRY_OVERHEAD_BYTES = 64;

/** An entry but for the bus: what a spilled object holds of it. */
interface Entry {
  readonly DetailType: string;
  readonly Detail: string;
}

const bytesOf = ({ Detail, DetailType }: Entry): number =>
  Buffer.byteLength(Detail) + Buffer.byteLength(DetailType) + ENTRY_OVERHEAD_BYTES;

/**
 * The deployment's EventBridge bus. At least once, in no order: receivers recognise an event by `detail.id`, and a campaign is
 * decided when its timer is due, so events may be late.
 */
export class EventBridgeBus implements Bus {
  readonly #client: EventBridgeClient;
  readonly #names: { readonly bus: string; readonly source: string };
  readonly #options: OutputOptions;

  constructor(client: EventBridgeClient, names: { bus: string; source: string }, options: OutputOptions = {}) {
    this.#client = client;
    this.#names = names;
    this.#options = options;
  }

  /** Resolves when every event is durable: on the bus, or spilled. @throws as `#publish`. */
  publish(events: readonly BusEvent[]): Promise<void> {
    const entries = events.map(({ detail_type, id, detail }) => ({
      DetailType: detail_type,
      Detail: JSON.stringify({ ...detail, id }),
    }));
    return this.#publish(entries);
  }

  /** Publishes the lines of a spilled object. @throws as `#publish`. */
  publishLines(lines: readonly string[]): Promise<void> {
    return this.#publish(lines.map((line) => JSON.parse(line) as Entry));
  }

  /** @throws DeliveryError when entries are refused to the end and there is no spill; RangeError for one over 256 KiB. */
  async #publish(entries: readonly Entry[]): Promise<void> {
    const parts = chunk(entries, CALL, bytesOf);
    const linesOf = (entry: Entry) => [JSON.stringify(entry)];
    const consignment = { kind: 'bus', target: this.#names.source, parts, linesOf } as const;
    await deliverOrSpill(consignment, (left) => this.#send(left), this.#options);
  }

  async #send(entries: readonly Entry[]) {
    const { bus: EventBusName, source: Source } = this.#names;
    const Entries: PutEventsRequestEntry[] = entries.map((entry) => ({ EventBusName, Source, ...entry }));
    const reply = await this.#client.send(new PutEventsCommand({ Entries }));
    return reply.FailedEntryCount === 0 ? [] : refused(entries, reply.Entries);
  }
}
