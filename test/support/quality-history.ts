import type { LakeRow } from '../../schemas/lake.ts';
import { eventRow } from '../unit/local/lake-fixture.ts';
import type { Dice } from './dice.ts';

/** Rows of the lake as weeks of traffic left them: several sources, remarks, lateness, fields of all kinds, repeats. */
export interface QualityHistory {
  /** Each once. */
  readonly events: readonly LakeRow[];
  readonly quarantine: readonly LakeRow[];
  /** As they were delivered: some twice. */
  readonly delivered: { readonly events: LakeRow[]; readonly quarantine: LakeRow[] };
}

const SOURCES = ['web', 'app', 'pos'] as const;
const NAMES = ['Product Viewed', 'Order Completed', "Wishlist 'Opened'"] as const;
const FLAGS = ['unplanned_event', 'clock_skewed', 'clock_ahead', 'time_missing', 'blocked_identifier:/userId'] as const;
const VALUES = [null, '', [], {}, 0, false, 'x', 1.5, [1], { a: null }, '张三'] as const;
const FIELDS = ['product_id', 'order_id', 'price', 'own "field"', 'a.b', '__proto__'] as const;
const LATENESS_MS: [number, ...number[]] = [
  0, 500, 60_000, 60_999, 61_000, 299_000, 3_600_500, 21_600_000, 90_000_000, 604_800_999, 700_000_000,
];
const DETAILS = [
  '/properties/price must be number, got a string "7 \\" x".',
  '/properties/price must be >= 0, got a number -12.5.',
  '/properties/order_id is required and missing.',
] as const;

const iso = (ms: number): string => new Date(ms).toISOString();

function fieldsOf(dice: Dice): string {
  const pairs = FIELDS.filter(() => dice.chance(0.6)).map(
    (name) => `${JSON.stringify(name)}:${JSON.stringify(dice.pick(VALUES))}`,
  );
  return `{${pairs.join(',')}}`;
}

function eventOf(dice: Dice, place: number, { from, to }: { from: number; to: number }): LakeRow {
  // Often at an edge of an hour, where a day may begin.
  const moment = from + dice.below(to - from);
  const received = dice.chance(0.3) ? Math.floor(moment / 1_800_000) * 1_800_000 - dice.below(2) : moment;
  const type = dice.pick(['track', 'track', 'track', 'page', 'identify']);
  return eventRow(`e${place}`, {
    type,
    name: type === 'track' ? dice.pick(NAMES) : `page ${place}`,
    source_id: dice.pick(SOURCES),
    owner: `user_id:${dice.below(20)}`,
    received_at: iso(received),
    occurred_at: iso(received - dice.pick(LATENESS_MS)),
    flags: JSON.stringify(FLAGS.filter(() => dice.chance(0.15))),
    properties: fieldsOf(dice),
    traits: fieldsOf(dice),
  });
}

function quarantineOf(dice: Dice, place: number, { from, to }: { from: number; to: number }): LakeRow {
  const named = dice.chance(0.7);
  const detail = dice.pick(DETAILS);
  return {
    quarantine_id: `q${dice.below(place + 1)}`,
    source_id: 'web',
    stage: 'clean',
    reason: 'plan_violation',
    field: detail.split(' ')[0] ?? '',
    detail,
    first_seen: iso(from + dice.below(to - from)),
    event_id: `m${place}`,
    event_name: named ? dice.pick(NAMES) : null,
    route: named ? 'track' : dice.pick(['identify', 'batch', 'track']),
    original: '{}',
    status: 'open',
    seq: 0,
  };
}

/** Rows of an id agree in everything but the time: that is what the id is a hash of. */
function agreeing(rows: readonly LakeRow[]): LakeRow[] {
  const first = new Map<unknown, LakeRow>();
  return rows.map((row) => {
    const known = first.get(row.quarantine_id) ?? row;
    first.set(row.quarantine_id, known);
    return { ...known, first_seen: row.first_seen ?? null };
  });
}

/** Days after which rows are merged into history, each once, and no longer beside it. */
const SETTLED_MS = 4 * 86_400_000;

const twice = (dice: Dice, rows: readonly LakeRow[], from: number): LakeRow[] =>
  dice.shuffled([
    ...rows,
    ...rows.filter((row) => dice.chance(0.2) && Date.parse(String(row.received_at ?? row.first_seen)) >= from),
  ]);

/** Traffic between two instants (epoch ms); what had not settled at `now`, in part delivered twice. */
export function qualityHistory(
  dice: Dice,
  { now, ...range }: { from: number; to: number; now: number },
  count: number,
): QualityHistory {
  const unsettled = now - SETTLED_MS;
  const events = Array.from({ length: count }, (_, place) => eventOf(dice, place, range));
  const quarantine = agreeing(Array.from({ length: count / 4 }, (_, place) => quarantineOf(dice, place, range)));
  return {
    events,
    quarantine,
    delivered: { events: twice(dice, events, unsettled), quarantine: twice(dice, quarantine, range.from) },
  };
}
