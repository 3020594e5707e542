import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { faultOf } from './safe-error.ts';
import { byDice, type GroupDeps, type Message, type MessageFault, take } from './sqs-groups.ts';

/** From this delivery on a message may be what ends the function: it is taken apart from the others. */
const SUSPECT_FROM = 4;
/** The queue is asked for nothing with less time left: a call that hangs is given up after eight seconds. */
const LEAST_TO_ASK_MS = 10_000;

const RETRY_BASE_SECONDS = 2;
const RETRY_MOST_SECONDS = 900;

/** What can be asked of the queue about messages that a function holds. */
export interface HeldMessages {
  /** Deletes them now, not only when the function is done. */
  remove(receipts: readonly string[]): Promise<void>;
  /** Lets each come again after its own wait instead of the queue's. */
  postpone(waits: readonly { readonly receipt: string; readonly seconds: number }[]): Promise<void>;
}

/** What taking a batch needs. */
export interface TakeDeps extends GroupDeps {
  /** Asked for only when something failed or is suspected. */
  held(): Promise<HeldMessages>;
}

/** Seconds until a message that failed comes again: doubled with each delivery, a quarter of an hour at most, half of it by dice. */
export function retrySeconds(receives: number, random: () => number): number {
  const wait = Math.min(RETRY_MOST_SECONDS, RETRY_BASE_SECONDS ** Math.min(receives, 12));
  return Math.max(1, Math.round(wait * (1 - random() / 2)));
}

/**
 * Takes a batch of messages of a queue: all at once, and when that fails in groups, to find those at fault. The answer names those that
 * failed; only they come again, each a little later than the last time, and go to the dead letters after the queue's bound. Messages
 * that have come often may be what ends the function before it can answer: the others are done and deleted first, then these in groups.
 * So one bad message holds nobody up for long.
 */
export async function takeMessages(event: SQSEvent, deps: TakeDeps): Promise<SQSBatchResponse> {
  const messages = messagesOf(event);
  const suspects = messages.filter(({ receives }) => receives >= SUSPECT_FROM);
  const failed: Message[] = [];
  if (suspects.length === 0) {
    failed.push(...(await take(messages, deps)));
  } else {
    const others = messages.filter(({ receives }) => receives < SUSPECT_FROM);
    const bad = new Set(await take(others, deps));
    const done = others.filter((message) => !bad.has(message));
    await ask(done, deps, (held) => held.remove(receiptsOf(done)));
    failed.push(...bad, ...(await takeSuspects(suspects, deps)));
  }
  await ask(failed, deps, (held) => held.postpone(waitsOf(failed, deps.random)));
  return { batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) };
}

/**
 * In growing groups, in an order by dice. Each is put off for longer than the rest before it is begun: where it ends the function, the
 * others come again without it.
 */
function takeSuspects(suspects: readonly Message[], deps: TakeDeps): Promise<readonly Message[]> {
  return take(byDice(suspects, deps), deps, {
    first: 1,
    before: (group) =>
      ask(group, deps, (held) => held.postpone(group.map(({ receipt }) => ({ receipt, seconds: RETRY_MOST_SECONDS })))),
    after: (done) => ask(done, deps, (held) => held.remove(receiptsOf(done))),
  });
}

/** A queue may give one message twice at once. The newer receipt is the one that counts. */
const messagesOf = ({ Records }: SQSEvent): Message[] => [
  ...new Map(Records.map((record) => [record.messageId, messageOf(record)])).values(),
];

const messageOf = ({ messageId, receiptHandle, body, attributes }: SQSEvent['Records'][number]): Message => ({
  id: messageId,
  receipt: receiptHandle,
  body,
  at: new Date(Number(attributes.SentTimestamp)).toISOString(),
  receives: Number(attributes.ApproximateReceiveCount),
});

const receiptsOf = (messages: readonly Message[]): string[] => messages.map(({ receipt }) => receipt);

const waitsOf = (failed: readonly Message[], random: () => number) =>
  failed.map(({ receipt, receives }) => ({ receipt, seconds: retrySeconds(receives, random) }));

/** What only saves time: without it the messages come again by themselves. */
async function ask(
  messages: readonly Message[],
  { held, remainingMs, onFault }: TakeDeps,
  what: (held: HeldMessages) => Promise<void>,
): Promise<void> {
  if (messages.length === 0 || remainingMs() < LEAST_TO_ASK_MS) return;
  try {
    await what(await held());
  } catch (error) {
    onFault({ message_id: undefined, messages: 0, error });
  }
}

/** For how many seconds the oldest of the messages that failed has been waiting; undefined where none failed. */
export function failingSeconds(
  { Records }: SQSEvent,
  { batchItemFailures }: SQSBatchResponse,
  now: number,
): number | undefined {
  const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  const since = Records.filter(({ messageId }) => failed.has(messageId)).map(({ attributes }) =>
    Number(attributes.SentTimestamp),
  );
  return since.length > 0 ? Math.max(0, Math.round((now - Math.min(...since)) / 1000)) : undefined;
}

/** Writes a fault to the log, with nothing in it of what the messages hold. */
export const logFault = ({ message_id, messages, error }: MessageFault): void =>
  console.error({ fault: 'messages failed', message_id, messages, ...faultOf(error) });
