import { NoSuchKey } from '@aws-sdk/client-s3';
import { ChangedRecordError, type S3LargeRecords } from '../shared/large-records.ts';
import { readMessage } from '../shared/raw-message.ts';
import type { SqsRawQueue } from '../shared/sqs-raw-queue.ts';
import { type DeadLetter, type DeadLetterQueue, releaseAll } from './dead-letters.ts';
import type { RedriveOptions } from './failed-batches.ts';
import { isWithin, type Tally, tally } from './tally.ts';

/** Letters sent and removed at once: as many as the queue takes in a call. */
const GROUP = 10;

/** Where dead letters of the raw queue go back to. */
export interface RawReturn {
  /** Puts texts of messages on the queue, as they are. Resolves once all of them are durable. */
  send(bodies: readonly string[]): Promise<void>;
  /** Lets a large record live as long as a message that is sent now. @returns why it cannot, if it cannot */
  renew(key: string): Promise<'expired' | 'changed' | undefined>;
}

/** The deployment's raw queue, and the bucket beside it. */
export const rawReturn = (queue: SqsRawQueue, large: S3LargeRecords): RawReturn => ({
  send: (bodies) => queue.putMessages(bodies),
  renew: async (key) => {
    try {
      await large.keep(await large.read(key));
      return undefined;
    } catch (error) {
      if (error instanceof NoSuchKey) return 'expired';
      if (error instanceof ChangedRecordError) return 'changed';
      throw error;
    }
  },
});

/**
 * Puts what clean could not take back on the raw queue, byte by byte: no message there is a call, whatever it looks like. A letter
 * is removed once its text is durable on the queue, so a run that is broken off feeds some of them twice, which changes nothing.
 * SQS leaves a message its time when it becomes a dead letter: `since` is about when a record came, not about when it was given up on.
 */
export async function redriveRawLetters(
  queue: DeadLetterQueue,
  raw: RawReturn,
  options: RedriveOptions,
): Promise<Tally> {
  const report = tally();
  const held = new Set<DeadLetter>();
  try {
    for await (const letters of inGroups(queue.messages())) {
      for (const letter of letters) held.add(letter);
      const due = letters.filter(({ at }) => isWithin(at, { ...options, report }));
      for (const { at } of due) report.note('raw', new Date(at).toISOString());
      report.found += due.length;
      report.records += due.length;
      if (options.dryRun) continue;
      const ready = await whereKept(due, raw, report);
      await raw.send(ready.map(({ body }) => body));
      report.fed += ready.length;
      await Promise.all(ready.map((letter) => letter.remove()));
      for (const letter of ready) held.delete(letter);
    }
  } finally {
    await releaseAll([...held]);
  }
  return report;
}

/** Those whose record is in the message, or will be there when the message is read. */
async function whereKept(letters: readonly DeadLetter[], raw: RawReturn, report: Tally): Promise<DeadLetter[]> {
  const ready: DeadLetter[] = [];
  for (const letter of letters) {
    const message = readMessage(letter.body);
    const why = 'kept' in message ? await raw.renew(message.kept) : undefined;
    if (why === undefined) ready.push(letter);
    else report.leave(why);
  }
  return ready;
}

async function* inGroups(letters: AsyncIterable<DeadLetter>): AsyncIterable<readonly DeadLetter[]> {
  let group: DeadLetter[] = [];
  for await (const letter of letters) {
    group.push(letter);
    if (group.length < GROUP) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
