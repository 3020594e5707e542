import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { chunk } from './aws-batch.ts';
import type { HeldMessages } from './sqs-batch.ts';

export { SQSClient };

const MESSAGES_A_CALL = { items: 10, bytes: Number.POSITIVE_INFINITY };

/** Messages that this function holds, on SQS. Entries that a call refuses come again by themselves. */
export class SqsHeldMessages implements HeldMessages {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async remove(receipts: readonly string[]): Promise<void> {
    for (const part of chunk(receipts, MESSAGES_A_CALL, () => 1)) {
      const Entries = part.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#client.send(new DeleteMessageBatchCommand({ QueueUrl: this.#url, Entries }));
    }
  }

  async postpone(waits: readonly { readonly receipt: string; readonly seconds: number }[]): Promise<void> {
    for (const part of chunk(waits, MESSAGES_A_CALL, () => 1)) {
      const Entries = part.map(({ receipt, seconds }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      }));
      await this.#client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#url, Entries }));
    }
  }
}
