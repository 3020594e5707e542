import {
  BatchEntryIdsNotDistinct,
  BatchRequestTooLong,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  EmptyBatchRequest,
  InvalidMessageContents,
  KmsThrottled,
  MessageNotInflight,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  RequestThrottled,
  SendMessageBatchCommand,
  SendMessageCommand,
  TooManyEntriesInBatchRequest,
} from '@aws-sdk/client-sqs';
import type { SimulatedQueue } from './queue.ts';
import { type Service, UnknownCommand } from './wire.ts';
import { SECOND, type World } from './world.ts';

/** Of one message, and of all in one call; what every partition takes. */
const MAX_BYTES = 256 * 1024;
const MAX_ENTRIES = 10;
const $metadata = { httpStatusCode: 400 };

/** The address of a simulated queue. */
export const urlOf = (queue: SimulatedQueue): string => `https://sqs.test/111111111111/${queue.settings.name}`;

/** The queues of a deployment, behind the calls of SQS. */
export class SimulatedSqs implements Service {
  readonly name = 'sqs';
  readonly #world: World;
  readonly #queues: ReadonlyMap<string, SimulatedQueue>;

  constructor(world: World, queues: readonly SimulatedQueue[]) {
    this.#world = world;
    this.#queues = new Map(queues.map((queue) => [urlOf(queue), queue]));
  }

  throttled(): Error {
    return this.#world.dice.chance(0.3)
      ? new KmsThrottled({ message: 'The key is asked too much.', $metadata })
      : new RequestThrottled({ message: 'Too much.', $metadata });
  }

  async handle(command: object): Promise<object> {
    if (command instanceof SendMessageCommand) {
      const { QueueUrl, MessageBody = '' } = command.input;
      if (bytesOf(MessageBody) > MAX_BYTES)
        throw new InvalidMessageContents({ message: 'The message is too long.', $metadata });
      return { MessageId: this.#queue(QueueUrl).send(MessageBody) };
    }
    if (command instanceof SendMessageBatchCommand) return this.#sendBatch(command);
    if (command instanceof DeleteMessageCommand) {
      this.#queue(command.input.QueueUrl).remove(command.input.ReceiptHandle ?? '');
      return {};
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const queue = this.#queue(command.input.QueueUrl);
      return this.#each(command.input.Entries, ({ ReceiptHandle = '' }) => queue.remove(ReceiptHandle));
    }
    if (command instanceof ChangeMessageVisibilityCommand) return this.#hide(command);
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const queue = this.#queue(command.input.QueueUrl);
      return this.#each(command.input.Entries, ({ ReceiptHandle = '', VisibilityTimeout = 0 }) =>
        queue.hide(ReceiptHandle, VisibilityTimeout),
      );
    }
    if (command instanceof ReceiveMessageCommand) return await this.#receive(command);
    throw new UnknownCommand(this.name, command);
  }

  #queue(url: string | undefined): SimulatedQueue {
    const queue = this.#queues.get(url ?? '');
    if (!queue) throw new QueueDoesNotExist({ message: `There is no queue ${url}.`, $metadata });
    return queue;
  }

  #sendBatch({ input }: SendMessageBatchCommand): object {
    const { QueueUrl, Entries = [] } = input;
    const bytes = Entries.reduce((sum, { MessageBody = '' }) => sum + bytesOf(MessageBody), 0);
    if (bytes > MAX_BYTES) throw new BatchRequestTooLong({ message: `The call has ${bytes} bytes.`, $metadata });
    const queue = this.#queue(QueueUrl);
    return this.#each(Entries, ({ MessageBody = '' }) => void queue.send(MessageBody));
  }

  /** Does each entry of a batch call, or refuses it. @param act answers with the code of its refusal, if it refuses */
  #each<T extends { Id: string | undefined }>(
    entries: readonly T[] | undefined,
    // biome-ignore lint/suspicious/noConfusingVoidType: what refuses nothing has nothing to answer
    act: (entry: T) => string | undefined | void,
  ): object {
    const all = entries ?? [];
    if (all.length === 0) throw new EmptyBatchRequest({ message: 'There are no entries.', $metadata });
    if (all.length > MAX_ENTRIES)
      throw new TooManyEntriesInBatchRequest({ message: `There are ${all.length} entries.`, $metadata });
    if (new Set(all.map(({ Id }) => Id)).size < all.length)
      throw new BatchEntryIdsNotDistinct({ message: 'Two entries have the same id.', $metadata });
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const entry of all) {
      const Code = this.#world.faults.strikes('partial') ? 'InternalError' : act(entry);
      if (Code === undefined) Successful.push({ Id: entry.Id });
      else Failed.push({ Id: entry.Id, Code, SenderFault: Code !== 'InternalError' });
    }
    return { Successful, ...(Failed.length > 0 ? { Failed } : {}) };
  }

  #hide({ input }: ChangeMessageVisibilityCommand): object {
    const { QueueUrl, ReceiptHandle = '', VisibilityTimeout = 0 } = input;
    const code = this.#queue(QueueUrl).hide(ReceiptHandle, VisibilityTimeout);
    if (code !== undefined) throw new MessageNotInflight({ message: code, $metadata });
    return {};
  }

  /** Waits once where there is nothing. */
  async #receive({ input }: ReceiveMessageCommand): Promise<object> {
    const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout, WaitTimeSeconds = 0 } = input;
    const queue = this.#queue(QueueUrl);
    const receive = () => queue.receive(MaxNumberOfMessages, VisibilityTimeout);
    let received = receive();
    if (received.length === 0 && WaitTimeSeconds > 0) {
      await this.#world.time.sleep(WaitTimeSeconds * SECOND);
      received = receive();
    }
    const Messages = received.map(({ id, body, receipt, sent, receives }) => ({
      MessageId: id,
      Body: body,
      ReceiptHandle: receipt,
      Attributes: { SentTimestamp: String(sent), ApproximateReceiveCount: String(receives) },
    }));
    return Messages.length > 0 ? { Messages } : {};
  }
}

const bytesOf = (text: string): number => Buffer.byteLength(text);
