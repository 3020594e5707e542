import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { chunk } from './aws-batch.ts';
import type { HeldMessages } from './sqs-batch.ts';

export { SQSClient };

const MESSAGES_A_CALL = { items: 10, bytes: Number.POSITIVE_INFINITY };

/** Ten at a time, all calls at once: a queue that hangs takes up the time of one call. @throws when one of them fails */
const inTens = async <T>(items: readonly T[], call: (part: readonly T[]) => Promise<unknown>): Promise<void> => {
  await Promise.all(chunk(items, MESSAGES_A_CALL, () => 1).map(call));
};

/** Messages that this function holds, on SQS. Entries that a call refuses come again by themselves. */
export class SqsHeldMessages implements HeldMessages {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  /** @throws what SQS throws for a whole call */
  remove(receipts: readonly string[]): Promise<void> {
    return inTens(receipts, (part) => {
      const Entries = part.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      return this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
    });
  }

  /** @throws what SQS throws for a whole call */
  postpone(waits: readonly { readonly receipt: string; readonly seconds: number }[]): Promise<void> {
    return inTens(waits, (part) => {
      const Entries = part.map(({ receipt, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }));
      return this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }));
    });
  }
}
