import type { StreamRecord } from './kinesis-batch.ts';
import { isPointer, weightOf } from './raw-message.ts';

/** So many failures one after the other are not the messages' fault. */
const FAILURES_IN_A_ROW = 3;
/**
 * What is worked on at once, unpacked: several times what a full batch of usual requests comes to. Two hundred of the largest would be a
 * hundred MiB, for which the smallest function has neither the memory nor the time.
 */
const MOST_BYTES = 4 * 1024 * 1024;
/** No message is begun with less time left: the answer has to be given, or everything comes again. */
const LEAST_MS = 15_000;

/** What the log says of failed messages: enough to find them, nothing of what is in them. */
export interface MessageFault {
  readonly message_id: string | undefined;
  readonly messages: number;
  readonly error: unknown;
}

/** What taking a group of messages needs. */
export interface GroupDeps {
  /** The bytes of a message. @throws when they cannot be had now */
  open(body: string): Promise<Uint8Array>;
  /** Must be idempotent, and all or nothing only in that what failed may be done again. */
  work(records: readonly StreamRecord[]): Promise<void>;
  /** Until the function is ended, in milliseconds. */
  remainingMs(): number;
  random(): number;
  onFault(fault: MessageFault): void;
}

/** A message that a function holds. */
export interface Message {
  readonly id: string;
  readonly receipt: string;
  readonly body: string;
  readonly at: string;
  /** Deliveries, this one included. */
  readonly receives: number;
}

/** Messages in an order by dice: what stands before the others, and ends the function, does so only now and then. */
export const byDice = (messages: readonly Message[], { random }: GroupDeps): Message[] =>
  messages
    .map((message) => ({ message, dice: random() }))
    .sort((a, b) => a.dice - b.dice)
    .map(({ message }) => message);

/** How messages are taken, where it is not all at once. */
interface Taking {
  /** The size of the first group. */
  readonly first?: number;
  /** Called with each group before it is begun, and with what is done of it. */
  before?(group: readonly Message[]): Promise<void>;
  after?(done: readonly Message[]): Promise<void>;
}

/**
 * Takes messages in groups: as many as there may be at once, or one, two, four … as long as all goes well; many that had to wait for an
 * outage are soon done together again. A group that fails is taken again from one on. Those whose records have to be fetched come last:
 * where that fails, they alone wait.
 * @returns those that failed, or were not begun: for want of time, or because nothing goes well now
 */
export async function take(
  messages: readonly Message[],
  deps: GroupDeps,
  { first = messages.length, before, after }: Taking = {},
): Promise<readonly Message[]> {
  const left = messages.toSorted((a, b) => Number(isPointer(a.body)) - Number(isPointer(b.body)));
  const failed: Message[] = [];
  for (let most = first, inARow = 0; left.length > 0; ) {
    const began = deps.remainingMs();
    if (inARow === FAILURES_IN_A_ROW || began < LEAST_MS) return [...failed, ...left];
    const group = cut(left, most);
    await before?.(group);
    const { done, bad, again } = await attempt(group, deps);
    left.unshift(...byDice(again, deps));
    failed.push(...bad);
    const each = Math.max(1, began - deps.remainingMs()) / group.length;
    // No more than there is time for, should they all be as slow as these.
    most = done.length > 0 ? Math.max(1, Math.min(most * 2, Math.floor((deps.remainingMs() - LEAST_MS) / each))) : 1;
    if (done.length > 0) inARow = 0;
    else if (bad.length > 0) inARow += 1;
    if (done.length > 0) await after?.(done);
  }
  return failed;
}

/** Takes so many messages off the front, or as many as there may be at once in memory; one at least. */
function cut(left: Message[], most: number): Message[] {
  let bytes = 0;
  const over = left.findIndex(({ body }, index) => {
    bytes += weightOf(body);
    return index > 0 && (index >= most || bytes > MOST_BYTES);
  });
  return left.splice(0, over < 0 ? left.length : over);
}

interface Attempt {
  readonly done: readonly Message[];
  readonly bad: readonly Message[];
  /** One of them is at fault, or none. */
  readonly again: readonly Message[];
}

async function attempt(messages: readonly Message[], deps: GroupDeps): Promise<Attempt> {
  const { opened, unopened } = await openAll(messages, deps);
  const whole = opened.map(({ message }) => message);
  try {
    if (opened.length > 0) await deps.work(opened.map(({ record }) => record));
    return { done: whole, bad: unopened, again: [] };
  } catch (error) {
    deps.onFault({ message_id: whole[0]?.id, messages: whole.length, error });
    return whole.length > 1
      ? { done: [], bad: unopened, again: whole }
      : { done: [], bad: [...unopened, ...whole], again: [] };
  }
}

interface Opened {
  readonly opened: readonly { readonly message: Message; readonly record: StreamRecord }[];
  readonly unopened: readonly Message[];
}

async function openAll(messages: readonly Message[], { open, onFault }: GroupDeps): Promise<Opened> {
  const opened: Opened['opened'][number][] = [];
  const unopened: Message[] = [];
  const tried = await Promise.allSettled(messages.map(async ({ body }) => await open(body)));
  let error: unknown;
  for (const [index, message] of messages.entries()) {
    const one = tried[index];
    if (one?.status === 'fulfilled') opened.push({ message, record: { bytes: one.value, arrived_at: message.at } });
    else {
      unopened.push(message);
      error = one?.reason;
    }
  }
  if (unopened.length > 0) onFault({ message_id: unopened[0]?.id, messages: unopened.length, error });
  return { opened, unopened };
}
