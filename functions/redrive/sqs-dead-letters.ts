import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type DeadLetter, type DeadLetterQueue, releaseAll } from './dead-letters.ts';

/** Messages that one run holds: each until its end when it is not fed. SQS lets 120,000 be in flight. */
const MAX_MESSAGES = 50_000;
/** Longer than a run takes; whoever breaks it off sees its messages again after that. */
const HELD_SECONDS = 900;

/** A dead letter queue on SQS. */
export class SqsDeadLetters implements DeadLetterQueue {
  readonly #client: SQSClient;
  readonly #url: string;
  #held = 0;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async *messages(): AsyncIterable<DeadLetter> {
    while (this.#held < MAX_MESSAGES) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#url,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: HELD_SECONDS,
          WaitTimeSeconds: 1,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      );
      if (Messages.length === 0) return;
      this.#held += Messages.length;
      const letters = Messages.map((message) => this.#letter(message));
      try {
        for (let letter = letters.shift(); letter; letter = letters.shift()) yield letter;
      } finally {
        await releaseAll(letters);
      }
    }
  }

  #letter({ MessageId = '', Body = '', Attributes, MessageAttributes = {}, ReceiptHandle }: Message): DeadLetter {
    const handle = { QueueUrl: this.#url, ReceiptHandle };
    const attributes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
    return {
      id: MessageId,
      body: Body,
      attributes: Object.fromEntries(attributes),
      at: Number(Attributes?.SentTimestamp ?? 0),
      remove: async () => {
        await this.#client.send(new DeleteMessageCommand(handle));
        this.#held -= 1;
      },
      release: async () =>
        void (await this.#client.send(new ChangeMessageVisibilityCommand({ ...handle, VisibilityTimeout: 0 }))),
    };
  }
}
