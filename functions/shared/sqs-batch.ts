import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { StreamRecord } from './kinesis-batch.ts';
import { faultOf } from './safe-error.ts';

/** From this delivery on a message may be what ends the function: it is taken apart from the others. */
const SUSPECT_FROM = 4;
/** So many failures one after the other are not the messages' fault. */
const FAILURES_IN_A_ROW = 3;
/** No message is begun with less time left: the answer has to be given, or everything comes again. */
const LEAST_MS = 15_000;

const RETRY_BASE_SECONDS = 2;
const RETRY_MOST_SECONDS = 900;

/** What can be asked of the queue about messages that a function holds. */
export interface HeldMessages {
  /** Deletes them now, not only when the function is done. */
  remove(receipts: readonly string[]): Promise<void>;
  /** Lets each come again after its own wait instead of the queue's. */
  postpone(waits: readonly { readonly receipt: string; readonly seconds: number }[]): Promise<void>;
}

/** What the log says of failed messages: enough to find them, nothing of what is in them. */
export interface MessageFault {
  readonly message_id: string | undefined;
  readonly messages: number;
  readonly error: unknown;
}

export interface TakeDeps {
  /** The bytes of a message. @throws when they cannot be had now */
  open(body: string): Promise<Uint8Array>;
  /** Must be idempotent, and all or nothing only in that what failed may be done again. */
  work(records: readonly StreamRecord[]): Promise<void>;
  /** Asked for only when something failed or is suspected. */
  held(): Promise<HeldMessages>;
  /** Until the function is ended, in milliseconds. */
  remainingMs(): number;
  random(): number;
  onFault(fault: MessageFault): void;
}

interface Message {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly at: string;
  /** Deliveries, this one included. */
  readonly receives: number;
}

/** Seconds until a message that failed comes again: doubled with each delivery, a quarter of an hour at most, half of it by dice. */
export function retrySeconds(receives: number, random: () => number): number {
  const wait = Math.min(RETRY_MOST_SECONDS, RETRY_BASE_SECONDS ** Math.min(receives, 12));
  return Math.max(1, Math.round(wait * (1 - random() / 2)));
}

/**
 * Takes a batch of messages of a queue: all at once, and when that fails one by one. The answer names those that failed; only they
 * come again, each a little later than the last time, and go to the dead letters after the queue's bound. Messages that have come
 * often may be what ends the function before it can answer: the others are done and deleted first, then these, in growing groups, in an
 * order by dice. So one bad message holds nobody up for long.
 */
export async function takeMessages(event: SQSEvent, deps: TakeDeps): Promise<SQSBatchResponse> {
  const messages = event.Records.map(messageOf);
  const suspects = messages.filter(({ receives }) => receives >= SUSPECT_FROM);
  const failed: Message[] = [];
  if (suspects.length === 0 || messages.length === 1) {
    failed.push(...(await takeAll(messages, deps)));
  } else {
    const others = messages.filter(({ receives }) => receives < SUSPECT_FROM);
    failed.push(...(await takeAndRemove(others, deps)), ...(await takeSuspects(suspects, deps)));
  }
  if (failed.length > 0) await quietly(deps, (held) => held.postpone(waitsOf(failed, deps.random)));
  return { batchItemFailures: failed.map(({ id }) => ({ itemIdentifier: id })) };
}

const messageOf = ({ messageId, receiptHandle, body, attributes }: SQSEvent['Records'][number]): Message => ({
  id: messageId,
  receipt: receiptHandle,
  body,
  at: new Date(Number(attributes.SentTimestamp)).toISOString(),
  receives: Number(attributes.ApproximateReceiveCount),
});

const waitsOf = (failed: readonly Message[], random: () => number) =>
  failed.map(({ receipt, receives }) => ({ receipt, seconds: retrySeconds(receives, random) }));

/** Groups of one, two, four … as long as all goes well: many that had to wait for an outage are soon done together again. */
async function takeSuspects(suspects: readonly Message[], deps: TakeDeps): Promise<Message[]> {
  const left = suspects.map((message) => ({ message, dice: deps.random() })).sort((a, b) => a.dice - b.dice);
  const failed: Message[] = [];
  for (let size = 1; left.length > 0; ) {
    const group = left.splice(0, size).map(({ message }) => message);
    const bad = await takeAndRemove(group, deps);
    failed.push(...bad);
    size = bad.length > 0 ? 1 : size * 2;
  }
  return failed;
}

async function takeAndRemove(messages: readonly Message[], deps: TakeDeps): Promise<readonly Message[]> {
  const failed = new Set(await takeAll(messages, deps));
  const done = messages.filter((message) => !failed.has(message));
  if (done.length > 0) await quietly(deps, (held) => held.remove(done.map(({ receipt }) => receipt)));
  return [...failed];
}

/** @returns those that failed */
async function takeAll(messages: readonly Message[], deps: TakeDeps): Promise<readonly Message[]> {
  if (messages.length === 0) return [];
  if (deps.remainingMs() < LEAST_MS) return messages;
  const fault = await tryTake(messages, deps);
  if (fault === undefined) return [];
  if (messages.length === 1) return messages;
  const failed: Message[] = [];
  let inARow = 0;
  for (const [index, message] of messages.entries()) {
    if (inARow === FAILURES_IN_A_ROW || deps.remainingMs() < LEAST_MS) return [...failed, ...messages.slice(index)];
    const isDone = (await tryTake([message], deps)) === undefined;
    inARow = isDone ? 0 : inARow + 1;
    if (!isDone) failed.push(message);
  }
  return failed;
}

async function tryTake(
  messages: readonly Message[],
  { open, work, onFault }: TakeDeps,
): Promise<MessageFault | undefined> {
  try {
    const opened = messages.map(async ({ body, at }) => ({ bytes: await open(body), arrived_at: at }));
    await work(await Promise.all(opened));
    return undefined;
  } catch (error) {
    const fault = { message_id: messages[0]?.id, messages: messages.length, error };
    onFault(fault);
    return fault;
  }
}

/** What only saves time: without it the messages come again by themselves. */
async function quietly({ held, onFault }: TakeDeps, ask: (held: HeldMessages) => Promise<void>): Promise<void> {
  try {
    await ask(await held());
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
