import { setTimeout as wait } from 'node:timers/promises';
import { checked, type Finding } from './finding.ts';

/** How the canary talks to a deployment: the deployed one's APIs, or an embedded server's. */
export interface CanaryTarget {
  /** Sends one event as an SDK would. @returns the HTTP status and body */
  collect(event: Record<string, unknown>): Promise<{ status: number; text: string }>;
  /** One ID of whoever holds the identifier, or undefined as long as nobody does. */
  personOf(identifier: string): Promise<string | undefined>;
  /** How many rows of the lake's view `events` have the id. */
  rowsOf(eventId: string): Promise<number>;
  /** Whether the bus has told of the new person; absent where nobody listens, or the bus does not tell of new persons. */
  onBus?(oneId: string): Promise<boolean>;
}

export interface CanaryOptions {
  /** Makes the canary's own identifier and event id. */
  readonly id: string;
  readonly now: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** How long each step may take. The lake buffers rows, by design, for minutes. */
  readonly patience_ms: { readonly person: number; readonly bus: number; readonly row: number };
}

const POLL_MS = 2_000;

/** Asks until there is an answer. @returns it, or undefined when patience is over */
async function until<T>(
  ask: () => Promise<T | undefined>,
  patience: number,
  options: CanaryOptions,
): Promise<T | undefined> {
  const deadline = options.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || options.now() >= deadline) return answer;
    await (options.sleep ?? wait)(POLL_MS);
  }
}

const took = (options: CanaryOptions, since: number): number => options.now() - since;

/** An event that the shipped tracking plan takes, of a visitor that nobody is. */
export function canaryEvent(id: string, now: number): Record<string, unknown> {
  return {
    ...{ type: 'page', name: 'Doctor', messageId: id, anonymousId: id, timestamp: new Date(now).toISOString() },
    properties: { title: 'Canary of the doctor', path: '/doctor' },
    context: { app: { name: 'oneriver doctor' } },
  };
}

/**
 * Sends one event and follows it: accepted, a person, told on the bus, a row of the lake. Stops where it is lost, since all
 * that follows would fail as well. The canary's person stays, a visitor like any other.
 */
export async function flyCanary(target: CanaryTarget, options: CanaryOptions): Promise<Finding[]> {
  const { id, patience_ms } = options;
  const started = options.now();
  const sent = await checked('canary: accepted', async () => {
    const { status, text } = await target.collect(canaryEvent(id, started));
    const ms = took(options, started);
    if (status === 200) return { status: 'ok', detail: `event ${id}`, ms };
    return { status: 'failed', detail: `HTTP ${status}: ${text.slice(0, 200)}`, fix: 'See oneriver-collect-5xx.', ms };
  });
  if (sent.status !== 'ok') return [sent];
  let oneId: string | undefined;
  const person = await checked('canary: person', async () => {
    oneId = await until(() => target.personOf(`anonymous_id:${id}`), patience_ms.person, options);
    const ms = took(options, started);
    if (oneId !== undefined) return { status: 'ok', detail: oneId, ms };
    const fix = 'It is accepted and waits. See oneriver-raw-queue-age and oneriver-stitch-iterator-age.';
    return { status: 'failed', detail: `nobody after ${patience_ms.person / 1000} s`, fix, ms };
  });
  if (oneId === undefined) return [sent, person];
  return [sent, person, await busFinding(oneId, target, options), await rowFinding(target, options, started)];
}

const busFinding = (oneId: string, target: CanaryTarget, options: CanaryOptions): Promise<Finding> =>
  checked('canary: bus', async () => {
    if (!target.onBus) return { status: 'skipped', detail: 'nobody listens to the bus for new persons' };
    const { onBus } = target;
    const told = await until(async () => (await onBus(oneId)) || undefined, options.patience_ms.bus, options);
    if (told) return { status: 'ok', detail: 'person.created' };
    return {
      status: 'failed',
      detail: 'no person.created',
      fix: 'Are events of the bus spilled? See npm run redrive.',
    };
  });

const rowFinding = (target: CanaryTarget, options: CanaryOptions, started: number): Promise<Finding> =>
  checked('canary: row', async () => {
    const { row } = options.patience_ms;
    const rows = await until(async () => (await target.rowsOf(options.id)) || undefined, row, options);
    const ms = took(options, started);
    if (rows === 1) return { status: 'ok', detail: 'in the view events', ms };
    if (rows !== undefined) {
      return { status: 'failed', detail: `${rows} rows for one event`, fix: 'Make the views of the lake again.', ms };
    }
    return { status: 'failed', detail: `no row after ${row / 1000} s`, fix: 'See oneriver-lake-freshness-events.', ms };
  });
