import { describe, expect, it } from 'vitest';
import { type CanaryTarget, flyCanary } from '../../../local/doctor/canary.ts';
import { render } from '../../../local/doctor/finding.ts';

const PATIENCE = { person: 60_000, bus: 120_000, row: 900_000 };
const DEVICE = 'doctor-1-device';

interface Flaws {
  /** How long an event is on its way to its person; by message id, or for all. */
  readonly delay?: (messageId: string) => number;
  readonly refuses?: string;
  /** Whether a device that two visitors share makes one person of them. */
  readonly joins?: boolean;
  /** Whether what happens to persons comes out of the bus, and whose. */
  readonly tells?: 'merges' | 'others' | 'nothing';
}

/** A deployment in virtual time: events become persons after a while, and two persons on one device one. */
class Deployment implements CanaryTarget {
  now = Date.parse('2026-01-01T00:00:00.000Z');
  readonly sent: { id: string; anonymousId: string; device: string | undefined; at: number }[] = [];
  /** One IDs of merges, as the bus told them. */
  readonly #merged: string[] = [];
  readonly #flaws: Flaws;

  constructor(flaws: Flaws = {}) {
    this.#flaws = flaws;
  }

  async collect(event: Record<string, unknown>): Promise<{ status: number; text: string }> {
    const {
      messageId: id,
      anonymousId,
      context,
    } = event as {
      messageId: string;
      anonymousId: string;
      context: { device?: { id: string } };
    };
    if (this.#flaws.refuses === id) return { status: 503, text: 'busy' };
    this.sent.push({ id, anonymousId, device: context.device?.id, at: this.now });
    return { status: 200, text: '{}' };
  }

  /** What has arrived by now. */
  #arrived() {
    const { delay = () => 3_000 } = this.#flaws;
    return this.sent.filter(({ id, at }) => this.now >= at + delay(id));
  }

  async personOf(identifier: string): Promise<string | undefined> {
    const name = identifier.replace('anonymous_id:', '');
    const arrived = this.#arrived();
    const own = arrived.find(({ anonymousId }) => anonymousId === name);
    if (own === undefined) return undefined;
    const sharing = new Set(arrived.filter(({ device }) => device === DEVICE).map(({ anonymousId }) => anonymousId));
    const joined = (this.#flaws.joins ?? true) && sharing.size === 2;
    return joined ? 'p_one' : name === 'doctor-1' ? 'p_one' : 'p_other';
  }

  async rowsOf(eventId: string): Promise<number> {
    return this.#arrived().filter(({ id }) => id === eventId).length;
  }

  /** As the bus does: told only of two that were persons before. */
  async onBus(oneId: string): Promise<boolean> {
    const { tells = 'merges' } = this.#flaws;
    const other = this.#arrived().findIndex(({ id }) => id === 'doctor-1-other');
    const again = this.#arrived().findIndex(({ id }) => id === 'doctor-1-again');
    if (tells === 'merges' && other >= 0 && again > other) this.#merged.push('p_one', 'p_other');
    if (tells === 'others') this.#merged.push('p_stranger');
    return this.#merged.includes(oneId);
  }
}

async function fly(flaws?: Flaws, listening = true) {
  const deployment = new Deployment(flaws);
  const target: CanaryTarget = {
    collect: deployment.collect.bind(deployment),
    personOf: deployment.personOf.bind(deployment),
    rowsOf: deployment.rowsOf.bind(deployment),
    ...(listening && { onBus: deployment.onBus.bind(deployment) }),
  };
  const sleep = async (ms: number): Promise<void> => {
    deployment.now += ms;
  };
  const findings = await flyCanary(target, {
    ...{ id: 'doctor-1', now: () => deployment.now, sleep, patience_ms: PATIENCE },
  });
  const bus = findings.find(({ check }) => check === 'canary: bus');
  return { findings, bus, lines: findings.map(render), sent: deployment.sent };
}

describe('the canary', () => {
  it('joins its two visitors by a device of its own, with no member, and hears of it', async () => {
    const { lines, sent } = await fly();
    expect(lines).toEqual([
      '✓ canary: accepted: event doctor-1 (0.0 s)',
      '✓ canary: person: p_one (4.0 s)',
      '✓ canary: bus: person.merged (4.0 s)',
      '✓ canary: row: in the view events (8.0 s)',
    ]);
    expect(sent.map(({ id, anonymousId, device }) => [id, anonymousId, device])).toEqual([
      ['doctor-1', 'doctor-1', undefined],
      ['doctor-1-other', 'doctor-1-other', DEVICE],
      ['doctor-1-again', 'doctor-1', DEVICE],
    ]);
  });

  it('joins them when both are persons, however late the second is', async () => {
    const delay = (id: string): number => (id === 'doctor-1-other' ? 30_000 : 3_000);
    const { bus, sent } = await fly({ delay });
    expect(bus?.status).toBe('ok');
    expect(sent.map(({ at }) => at - (sent[0]?.at ?? 0))).toEqual([0, 0, 30_000]);
  });

  it.each(['nothing', 'others'] as const)('finds the merge lost where the bus tells of %s', async (tells) => {
    const { lines } = await fly({ tells });
    expect(lines.slice(2)).toEqual([
      '✗ canary: bus: no person.merged after 120 s, though two became one (120.0 s)\n    Are events of the bus spilled? See npm run redrive.',
      '✓ canary: row: in the view events (124.0 s)',
    ]);
  });

  it('does not blame the bus for a merge that was not made', async () => {
    const { bus } = await fly({ joins: false, tells: 'nothing' });
    expect(bus).toMatchObject({ status: 'failed', detail: 'two persons on one device are not joined after 120 s' });
    expect(bus?.fix).toContain('identity rules');
  });

  it('says that the second visitor, or the event that joins both, did not come through', async () => {
    const late = await fly({ delay: (id) => (id === 'doctor-1-other' ? Number.POSITIVE_INFINITY : 0) });
    expect(late.bus).toMatchObject({ status: 'failed', detail: 'no second person after 60 s' });
    expect(late.sent).toHaveLength(2);
    const refused = await fly({ refuses: 'doctor-1-again' });
    expect(refused.bus).toMatchObject({ status: 'failed', detail: 'HTTP 503: busy', fix: 'See oneriver-collect-5xx.' });
    const begun = await fly({ refuses: 'doctor-1-other' });
    expect(begun.lines).toEqual(['✗ canary: accepted: HTTP 503: busy (0.0 s)\n    See oneriver-collect-5xx.']);
  });

  it('sends one event, and skips the bus, only where nobody listens', async () => {
    const { bus, sent } = await fly({}, false);
    expect(bus).toEqual({ check: 'canary: bus', status: 'skipped', detail: 'nobody listens to the bus' });
    expect(sent).toHaveLength(1);
  });
});
