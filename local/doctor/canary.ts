import { checked, type Finding } from './finding.ts';
import { until, type Watch } from './until.ts';

/** How the canary talks to a deployment: the deployed one's APIs, or an embedded server's. */
export interface CanaryTarget {
  /** Sends one event as an SDK would. @returns the HTTP status and body */
  collect(event: Record<string, unknown>): Promise<{ status: number; text: string }>;
  /** One ID of whoever holds the identifier, or undefined as long as nobody does. */
  personOf(identifier: string): Promise<string | undefined>;
  /** How many rows of the lake's view `events` have the id. */
  rowsOf(eventId: string): Promise<number>;
  /** Whether the bus has told that this person was merged with another; absent where nobody listens. */
  onBus?(oneId: string): Promise<boolean>;
}

export interface CanaryOptions extends Watch {
  /** Makes the canary's own identifiers and event ids. */
  readonly id: string;
  /** How long each step may take. The lake buffers rows, by design, for minutes. */
  readonly patience_ms: { readonly person: number; readonly bus: number; readonly row: number };
}

const WAITS = 'It is accepted and waits. See oneriver-raw-queue-age and oneriver-stitch-iterator-age.';

const took = (options: CanaryOptions, since: number): number => options.now() - since;

/** One of the canary's visitors; `device` where the event names the device that they turn out to share. */
interface Visitor {
  readonly messageId: string;
  readonly anonymousId: string;
  readonly device?: { readonly id: string };
}

/** The visitor that is followed, another one, and the first again, on the other's device: of identifiers that nobody has. */
export function canaryVisitors(id: string): Readonly<Record<'one' | 'other' | 'again', Visitor>> {
  const device = { id: `${id}-device` };
  return {
    one: { messageId: id, anonymousId: id },
    other: { messageId: `${id}-other`, anonymousId: `${id}-other`, device },
    again: { messageId: `${id}-again`, anonymousId: id, device },
  };
}

/** An event that the shipped tracking plan takes. */
function canaryEvent({ messageId, anonymousId, device }: Visitor, now: number): Record<string, unknown> {
  return {
    ...{ type: 'page', name: 'Doctor', messageId, anonymousId, timestamp: new Date(now).toISOString() },
    properties: { title: 'Canary of the doctor', path: '/doctor' },
    context: { app: { name: 'oneriver doctor' }, ...(device && { device }) },
  };
}

type Outcome = Omit<Finding, 'check'>;

/** Sends one event. @returns what is wrong, or undefined where it was accepted */
async function refused(visitor: Visitor, target: CanaryTarget, options: CanaryOptions): Promise<Outcome | undefined> {
  const { status, text } = await target.collect(canaryEvent(visitor, options.now()));
  if (status === 200) return undefined;
  return { status: 'failed', detail: `HTTP ${status}: ${text.slice(0, 200)}`, fix: 'See oneriver-collect-5xx.' };
}

/**
 * Sends events and follows them: accepted, a person, told on the bus, a row of the lake. Stops where the first is lost, since
 * all that follows would fail as well. Of new persons the bus may be silent, of a merge it never is: where somebody listens, a
 * second visitor comes too, and then the first on the second's device. Both together stay as one visitor like any other.
 */
export async function flyCanary(target: CanaryTarget, options: CanaryOptions): Promise<Finding[]> {
  const { id, patience_ms } = options;
  const { one, other } = canaryVisitors(id);
  const started = options.now();
  const sent = await checked('canary: accepted', async () => {
    const first = await refused(one, target, options);
    const fault = first ?? (target.onBus ? await refused(other, target, options) : undefined);
    return { ...(fault ?? { status: 'ok', detail: `event ${id}` }), ms: took(options, started) };
  });
  if (sent.status !== 'ok') return [sent];
  let oneId: string | undefined;
  const person = await checked('canary: person', async () => {
    oneId = await until(() => target.personOf(`anonymous_id:${id}`), patience_ms.person, options);
    const ms = took(options, started);
    if (oneId !== undefined) return { status: 'ok', detail: oneId, ms };
    return { status: 'failed', detail: `nobody after ${patience_ms.person / 1000} s`, fix: WAITS, ms };
  });
  if (oneId === undefined) return [sent, person];
  return [sent, person, await busFinding(oneId, target, options), await rowFinding(target, options, started)];
}

/** Joins the two visitors, once both are persons: joined before, they would never have been two, and nothing would be told. */
const busFinding = (oneId: string, target: CanaryTarget, options: CanaryOptions): Promise<Finding> =>
  checked('canary: bus', async () => {
    if (!target.onBus) return { status: 'skipped', detail: 'nobody listens to the bus' };
    const { onBus } = target;
    const { person, bus } = options.patience_ms;
    const { one, other, again } = canaryVisitors(options.id);
    const idOf = ({ anonymousId }: Visitor) => target.personOf(`anonymous_id:${anonymousId}`);
    if ((await until(() => idOf(other), person, options)) === undefined) {
      return { status: 'failed', detail: `no second person after ${person / 1000} s`, fix: WAITS };
    }
    const joining = options.now();
    const fault = await refused(again, target, options);
    if (fault) return fault;
    const told = await until(async () => (await onBus(oneId)) || undefined, bus, options);
    const ms = took(options, joining);
    if (told) return { status: 'ok', detail: 'person.merged', ms };
    if ((await idOf(one)) === (await idOf(other))) {
      const fix = 'Are events of the bus spilled? See npm run redrive.';
      return { status: 'failed', detail: `no person.merged after ${bus / 1000} s, though two became one`, fix, ms };
    }
    const fix = `${WAITS} If not, see whether the identity rules still let a device join two visitors.`;
    return { status: 'failed', detail: `two persons on one device are not joined after ${bus / 1000} s`, fix, ms };
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
