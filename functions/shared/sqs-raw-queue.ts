import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type BatchLimits, chunk, DELIVERY, type DeliveryOptions, deliver, type Failed } from './aws-batch.ts';
import { callFault, codeOf, isInvalid } from './aws-errors.ts';
import type { LargeRecords } from './large-records.ts';
import type { OutputOptions } from './output.ts';
import { MAX_PACKED_BYTES, messageLength, messageOf, pointerTo, RecordTooLarge } from './raw-message.ts';
import { type RawStream, StreamOverloaded, StreamUnavailable } from './seams.ts';
import { pack } from './stream-codec.ts';

/** What a client should wait when the queue's account is throttled. */
const RETRY_AFTER_SECONDS = 2;
/** What it should wait when nothing can be stored at all. */
const OUTAGE_RETRY_AFTER_SECONDS = 30;

/** The largest message that every partition takes, and the most that one call carries. Above it records are kept beside the queue. */
const MAX_MESSAGE_BYTES = 256 * 1024;
const CALL: BatchLimits = { items: 10, bytes: MAX_MESSAGE_BYTES };

const TARGET = 'raw';

/** A raw record as it lies in a spilled object. */
export const rawLine = (data: Uint8Array): string => JSON.stringify({ data: messageOf(data) });

/** The record of a line that `rawLine` made. */
export const readRawLine = (line: string): Uint8Array =>
  Buffer.from((JSON.parse(line) as { data: string }).data, 'base64');

/** Messages that the queue will never take; all others of the call are in it. */
export class RefusedMessages extends Error {
  override name = 'RefusedMessages';
  constructor(messages: number) {
    super(
      `The raw queue refuses ${messages} messages for what is in them; the others are in it. Look at them by hand.`,
    );
  }
}

export interface RawQueueOptions extends OutputOptions {
  readonly gzip_from_bytes: number;
  /** For records that do not fit into a message. Without it they are refused: a sender of small ones needs no right to write objects. */
  readonly large?: LargeRecords;
}

/**
 * The raw stream on SQS. A put resolves when the queue has the record on several servers, or S3 has it where the queue is down. Raw
 * records have no order to keep, and each holds its own ids and time of arrival; so one that comes twice, or by way of a drain, is
 * the same events.
 */
export class SqsRawQueue implements RawStream {
  readonly #client: SQSClient;
  readonly #url: string;
  readonly #options: RawQueueOptions;

  constructor(client: SQSClient, url: string, options: RawQueueOptions) {
    this.#client = client;
    this.#url = url;
    this.#options = options;
  }

  /**
   * A throttled queue is not spilled for: senders come back, and what they are let send stays bounded.
   * @throws StreamOverloaded, StreamUnavailable; RecordTooLarge, or the service's error, for a record that will never be taken.
   */
  async put(record: Uint8Array): Promise<void> {
    const { spill, gzip_from_bytes } = this.#options;
    const data = this.#checked(pack(record, gzip_from_bytes));
    if (spill?.breaker.isOpen(TARGET)) return await this.#spill(data, 'breaker open');
    const MessageBody = await this.#claimed(data);
    try {
      await this.#client.send(new SendMessageCommand({ QueueUrl: this.#url, MessageBody }));
      spill?.breaker.note(TARGET, 'succeeded');
    } catch (error) {
      const fault = callFault(error);
      if (fault === 'throttled') throw new StreamOverloaded(RETRY_AFTER_SECONDS);
      if (fault === 'own' || fault === 'invalid' || !spill) throw error;
      spill.breaker.note(TARGET, 'failed');
      await this.#spill(data, codeOf(error));
    }
  }

  /**
   * Puts many records that are packed already, in few calls. Nothing is spilled.
   * @throws DeliveryError when some are refused after every retry; RefusedMessages, once all others are in the queue.
   */
  async putPacked(records: readonly Uint8Array[]): Promise<void> {
    const bodies: string[] = [];
    for (const data of records) bodies.push(await this.#message(this.#checked(data)));
    await this.putMessages(bodies);
  }

  /** As `putPacked`, for texts of messages that this queue had before. What they point at has to be there. */
  async putMessages(bodies: readonly string[]): Promise<void> {
    const delivery: DeliveryOptions = this.#options.delivery ?? DELIVERY;
    const never = new Set<string>();
    for (const part of chunk(bodies, CALL, (body) => Buffer.byteLength(body))) {
      await deliver('The raw queue', part, (left) => this.#sendAll(left, never), delivery);
    }
    if (never.size > 0) throw new RefusedMessages(never.size);
  }

  /** As `putPacked`, for records as `encodeRaw` makes them. */
  putAll(records: readonly Uint8Array[]): Promise<void> {
    return this.putPacked(records.map((record) => pack(record, this.#options.gzip_from_bytes)));
  }

  /** @throws RecordTooLarge for what the archive could not take later, or no message carries where none can be kept */
  #checked(data: Uint8Array): Uint8Array {
    const most = this.#options.large ? MAX_PACKED_BYTES : (MAX_MESSAGE_BYTES / 4) * 3;
    if (data.byteLength > most) throw new RecordTooLarge(data.byteLength, most);
    return data;
  }

  /** The text that carries the record, or says where it is kept. */
  async #message(data: Uint8Array): Promise<string> {
    const { large } = this.#options;
    return large && messageLength(data) > MAX_MESSAGE_BYTES ? pointerTo(await large.keep(data)) : messageOf(data);
  }

  /** As `#message`. That a large one cannot be kept says nothing about the queue, and what would be spilled lies in the same place. */
  async #claimed(data: Uint8Array): Promise<string> {
    try {
      return await this.#message(data);
    } catch (error) {
      const fault = callFault(error);
      if (fault === 'throttled') throw new StreamOverloaded(RETRY_AFTER_SECONDS);
      if (fault === 'own' || fault === 'invalid') throw error;
      throw new StreamUnavailable(OUTAGE_RETRY_AFTER_SECONDS, error);
    }
  }

  /** @param never takes those that are refused for what is in them: sent again they would be refused again */
  async #sendAll(bodies: readonly string[], never: Set<string>): Promise<Failed<string>[]> {
    const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const { Failed = [] } = await this.#client.send(new SendMessageBatchCommand({ QueueUrl: this.#url, Entries }));
    const failed = Failed.map(({ Id, Code = 'NoCode' }) => ({ item: bodies[Number(Id)] ?? '', code: Code }));
    for (const { item, code } of failed) if (isInvalid(code)) never.add(item);
    return failed.filter(({ item }) => !never.has(item));
  }

  async #spill(data: Uint8Array, why: string): Promise<void> {
    try {
      await this.#options.spill?.to.put({ kind: 'raw', target: TARGET, why, lines: [rawLine(data)] });
    } catch (error) {
      throw new StreamUnavailable(OUTAGE_RETRY_AFTER_SECONDS, error);
    }
  }
}
