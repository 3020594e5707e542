import { compileDefinitions, type Definitions, loadDefinitions } from '../../functions/shared/definitions.ts';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { shortHash } from '../../functions/shared/hash.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { type CompiledRules, compileRules } from '../../functions/shared/identity/resolve.ts';
import type { Bus, BusEvent, Clock, LakeSink } from '../../functions/shared/seams.ts';
import type { StitchDeps } from '../../functions/stitch/stitch.ts';
import { CAMPAIGN_TRIGGERED } from '../../functions/stitch/timers.ts';
import type { Timer } from '../../schemas/decision.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { Identifier } from '../../schemas/identifier.ts';
import type { LakeRow, LakeTableName } from '../../schemas/lake.ts';
import { SHIPPED_RULES } from './identity.ts';
import { MemoryDocStore } from './memory-doc-store.ts';

/** The definitions that ship with the product. */
export const DEFINITIONS = loadDefinitions();
/** No tags and no campaigns: identity alone. */
export const NO_DEFINITIONS = compileDefinitions([], []);
export const SHIPPED = compileRules(SHIPPED_RULES);
/** A Sunday noon, UTC. */
export const NOW = Date.parse('2026-03-15T12:00:00.000Z');

/** `user_id:m1` or `openid:wx1:o1` as an identifier. */
export function identifier(key: string, rules: CompiledRules = SHIPPED): Identifier {
  const [type = '', ...rest] = key.split(':');
  if (!rules.types.get(type)?.scoped) return { type, value: rest.join(':') };
  return { type, scope: rest[0] ?? '', value: rest.slice(1).join(':') };
}

const priority = (found: Identifier): number => SHIPPED.types.get(found.type)?.priority ?? 99;

let made = 0;

/** A clean event of the given identifiers; the strongest owns it, as clean decides. Unless told otherwise: a page view. */
export function cleanEvent(keys: readonly string[], over: Partial<CleanEvent> = {}): CleanEvent {
  const identifiers = keys.map((key) => identifier(key)).sort((a, b) => priority(a) - priority(b));
  const owner = identifiers[0] ? identifierKey(identifiers[0]) : '';
  made += 1;
  const base: CleanEvent = {
    schema: 'clean-event/1',
    event_id: `e${made}`,
    body_hash: '',
    type: 'track',
    name: 'Product Viewed',
    channel: 'web',
    source_id: 'web',
    verified: false,
    occurred_at: '2026-03-15T11:00:00.000Z',
    received_at: '2026-03-15T11:00:01.000Z',
    local_date: '2026-03-15',
    time_zone: 'Asia/Shanghai',
    time_zone_known: false,
    owner,
    identifiers,
    properties: {},
    traits: {},
    context: {},
    consent: {},
    mapping_version: 1,
    flags: [],
  };
  const event = { ...base, ...over };
  return event.body_hash === ''
    ? { ...event, body_hash: shortHash(JSON.stringify({ ...event, received_at: '' })) }
    : event;
}

/** Keeps every row, by table. `fail` may throw instead. */
export class RecordingLake implements LakeSink {
  readonly rows: Record<string, LakeRow[]> = {};
  fail: (table: LakeTableName) => void = () => {};

  async put(table: LakeTableName, rows: readonly LakeRow[]): Promise<void> {
    this.fail(table);
    this.rows[table] = [...this.of(table), ...rows.map((row) => ({ ...row }))];
  }

  of(table: LakeTableName): readonly LakeRow[] {
    return this.rows[table] ?? [];
  }
}

/** The in-process bus and timers: a timer is armed once per name, and handed out when it is due. */
export class RecordingBus implements Bus {
  readonly published: BusEvent[] = [];
  readonly armed = new Map<string, Timer>();

  async publish(events: readonly BusEvent[]): Promise<void> {
    for (const event of events) {
      this.published.push(event);
      if (event.detail_type !== CAMPAIGN_TRIGGERED) continue;
      const timer = event.detail.timer as Timer;
      if (!this.armed.has(timer.name)) this.armed.set(timer.name, timer);
    }
  }

  /** Timers in the order in which they are due. */
  due(): Timer[] {
    return [...this.armed.values()].sort((a, b) => (a.at === b.at ? (a.name < b.name ? -1 : 1) : a.at < b.at ? -1 : 1));
  }
}

export interface HeldClock extends Clock {
  at: number;
  /** Milliseconds by which each look at the clock moves it. */
  tick: number;
}

export const heldClock = (at: number = NOW): HeldClock => ({
  at,
  tick: 0,
  now() {
    this.at += this.tick;
    return this.at;
  },
});

export interface StitchWorld {
  readonly deps: StitchDeps;
  readonly lake: RecordingLake;
  readonly bus: RecordingBus;
  readonly clock: HeldClock;
}

/** Everything `stitch` needs, on a fresh in-memory store unless given one. Ids are counted, nothing waits. */
export function stitchWorld(
  given: {
    store?: DocStore;
    definitions?: Definitions;
    rules?: CompiledRules;
    now?: number;
    random?: () => number;
  } = {},
): StitchWorld {
  const lake = new RecordingLake();
  const bus = new RecordingBus();
  const clock = heldClock(given.now);
  let ids = 0;
  const deps: StitchDeps = {
    store: given.store ?? new MemoryDocStore(),
    lake,
    bus,
    rules: given.rules ?? SHIPPED,
    definitions: given.definitions ?? DEFINITIONS,
    clock,
    newId: () => `c${++ids}`,
    random: given.random ?? (() => 0),
    sleep: () => new Promise((resolve) => setImmediate(resolve)),
  };
  return { deps, lake, bus, clock };
}
