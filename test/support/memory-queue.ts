import { SQSClient } from '@aws-sdk/client-sqs';
import { type Answer, answerCalls, OFFLINE, type RecordedCall } from './recording-client.ts';

interface Held {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: number;
  visible: boolean;
}

/** A queue in memory behind a real SQS client: what is received is invisible until it is released, as with SQS. */
export class MemoryQueue {
  readonly client = new SQSClient(OFFLINE);
  readonly messages = new Map<string, Held>();

  #sent = 0;

  constructor() {
    answerCalls(this.client, (call) => this.answer(call));
  }

  /** What SQS answers to a call about this queue. */
  answer({ command, input }: RecordedCall): Answer {
    const id = String(input.ReceiptHandle);
    if (command === 'SendMessageBatch') {
      const entries = input.Entries as { Id: string; MessageBody: string }[];
      for (const { MessageBody } of entries) this.send(MessageBody);
      return { Successful: entries.map(({ Id }) => ({ Id })) };
    }
    if (command === 'DeleteMessage') this.messages.delete(id);
    const held = this.messages.get(id);
    if (command === 'ChangeMessageVisibility' && held) held.visible = true;
    return command === 'ReceiveMessage' ? { Messages: this.#receive(Number(input.MaxNumberOfMessages)) } : {};
  }

  send(body: string, attributes: Readonly<Record<string, string>> = {}, at = 0): void {
    this.#sent += 1;
    const id = `m${this.#sent}`;
    this.messages.set(id, { id, body, attributes, at, visible: true });
  }

  bodies(): string[] {
    return [...this.messages.values()].map(({ body }) => body);
  }

  visible(): string[] {
    return [...this.messages.values()].filter((message) => message.visible).map(({ id }) => id);
  }

  #receive(most: number) {
    const found = [...this.messages.values()].filter((message) => message.visible).slice(0, most);
    for (const message of found) message.visible = false;
    return found.map(({ id, body, attributes, at }) => ({
      MessageId: id,
      ReceiptHandle: id,
      Body: body,
      Attributes: { SentTimestamp: String(at) },
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { StringValue, DataType: 'String' }]),
      ),
    }));
  }
}
