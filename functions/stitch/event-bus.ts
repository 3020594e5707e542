import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { type BatchLimits, chunk, DELIVERY, type DeliveryOptions, deliver, refused } from '../shared/aws-batch.ts';
import type { Bus, BusEvent } from '../shared/seams.ts';

/** PutEvents takes ten entries of 256 KiB together. */
const CALL: BatchLimits = { items: 10, bytes: 256 * 1024 };
/** What EventBridge counts of an entry besides its strings. */
const ENTRY_OVERHEAD_BYTES = 64;

/** The deployment's EventBridge bus. At least once: receivers recognise an event by `detail.id`. */
export class EventBridgeBus implements Bus {
  readonly #client: EventBridgeClient;
  readonly #names: { readonly bus: string; readonly source: string };
  readonly #options: DeliveryOptions;

  constructor(client: EventBridgeClient, names: { bus: string; source: string }, options: DeliveryOptions = DELIVERY) {
    this.#client = client;
    this.#names = names;
    this.#options = options;
  }

  /** @throws DeliveryError when entries are still refused after every retry; RangeError for one over 256 KiB. */
  async publish(events: readonly BusEvent[]): Promise<void> {
    const entries = events.map(({ detail_type, id, detail }) => ({
      EventBusName: this.#names.bus,
      Source: this.#names.source,
      DetailType: detail_type,
      Detail: JSON.stringify({ ...detail, id }),
    }));
    const bytesOf = (entry: { Detail: string; DetailType: string }) =>
      Buffer.byteLength(entry.Detail) + Buffer.byteLength(entry.DetailType) + ENTRY_OVERHEAD_BYTES;
    for (const part of chunk(entries, CALL, bytesOf)) {
      await deliver('Event bus', part, (left) => this.#send(left), this.#options);
    }
  }

  async #send<T extends PutEventsRequestEntry>(entries: readonly T[]) {
    const reply = await this.#client.send(new PutEventsCommand({ Entries: [...entries] }));
    return reply.FailedEntryCount === 0 ? [] : refused(entries, reply.Entries);
  }
}
