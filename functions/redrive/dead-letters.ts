import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { isFailedBatch } from './failed-batch.ts';
import { feedBatch, type RedriveOptions, type River } from './failed-batches.ts';
import { isWithin, type Tally, tally } from './tally.ts';

/** A message of a dead letter queue. */
export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  /** What the service that gave up says about it, e.g. ERROR_CODE. */
  readonly attributes: Readonly<Record<string, string>>;
  /** When it came into the queue, epoch ms. */
  readonly at: number;
  remove(): Promise<void>;
  /** Lets others see it again at once. */
  release(): Promise<void>;
}

const RELEASED_AT_ONCE = 10;

/** A dead letter queue: gives each message once in a run, until there is none that is visible. */
export interface DeadLetterQueue {
  messages(): AsyncIterable<DeadLetter>;
}

/** Lambda, when it gave up on an asynchronous call. */
const Invocation = Compile(
  Type.Object({ requestContext: Type.Object({ condition: Type.String() }), requestPayload: Type.Unknown() }),
);

export interface DeadLetterDeps {
  readonly river: River;
  /** Calls the function that a timer or a rule was to call; resolves once the call is durable. */
  call(input: unknown): Promise<void>;
}

/** What was to be called with, and why it was not: a rule and a schedule leave their input alone, Lambda wraps it. */
export function readDeadLetter({ body, attributes }: Pick<DeadLetter, 'body' | 'attributes'>): {
  input: unknown;
  why: string;
} {
  const value: unknown = JSON.parse(body);
  if (Invocation.Check(value)) return { input: value.requestPayload, why: `lambda ${value.requestContext.condition}` };
  const by = attributes.SCHEDULE_ARN ? 'schedule' : attributes.RULE_ARN ? 'rule' : 'unknown';
  return { input: value, why: `${by} ${attributes.ERROR_CODE ?? attributes.EXHAUSTED_RETRY_CONDITION ?? 'unknown'}` };
}

/**
 * Calls again what a dead letter queue has: timers, triggers, asynchronous calls, and batches where Lambda leaves them in a queue.
 * Deciding a timer twice decides it once. A message is removed once its call is durable; what fails again comes back, and is for
 * the next run.
 */
export async function redriveDeadLetters(
  queue: DeadLetterQueue,
  deps: DeadLetterDeps,
  options: RedriveOptions,
): Promise<Tally> {
  const report = tally();
  const held: DeadLetter[] = [];
  try {
    for await (const letter of queue.messages()) {
      held.push(letter);
      const isDue = isWithin(letter.at, { ...options, report });
      const isFed = isDue && (await feed(letter, deps, { ...options, report }));
      if (!isFed || options.dryRun) continue;
      await letter.remove();
      held.pop();
    }
  } finally {
    await releaseAll(held);
  }
  return report;
}

/** Lets others see them again, after the last one is read: one that were visible at once would be read again in this run. */
export async function releaseAll(held: readonly DeadLetter[]): Promise<void> {
  const left = held.values();
  const worker = async () => {
    // One that is not released is seen again by itself, a little later.
    for (const letter of left) await letter.release().catch(() => undefined);
  };
  await Promise.all(Array.from({ length: RELEASED_AT_ONCE }, worker));
}

async function feed(
  letter: DeadLetter,
  { river, call }: DeadLetterDeps,
  { dryRun, report }: RedriveOptions & { report: Tally },
): Promise<boolean> {
  const value = parsed(letter.body);
  if (isFailedBatch(value)) return await feedBatch(letter.body, river, { dryRun, report });
  report.found += 1;
  if (value === undefined || letter.attributes.IS_PAYLOAD_TRUNCATED === 'true') {
    report.leave(value === undefined ? 'unreadable' : 'truncated');
    return false;
  }
  const { input, why } = readDeadLetter(letter);
  report.note(why, new Date(letter.at).toISOString());
  report.records += 1;
  if (dryRun) return true;
  await call(input);
  report.fed += 1;
  return true;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
