import { cleanDeps } from '../../bench/stages.ts';
import { cleanRecord } from '../../functions/clean/clean.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { findPersons } from '../../functions/shared/person/read.ts';
import { WorkingSet } from '../../functions/shared/person/working-set.ts';
import { encodeRaw } from '../../functions/shared/raw-record.ts';
import { stitch } from '../../functions/stitch/stitch.ts';
import { SqliteDocStore } from '../../local/doc-store.ts';
import { openDatabase } from '../../local/sqlite.ts';
import type { CleanEvent, Source } from '../../schemas/event.ts';
import sources from '../../schemas/sources/retail.json' with { type: 'json' };
import { Dice } from './dice.ts';
import { segmentTraffic } from './segment-traffic.ts';
import { stitchWorld } from './stitch.ts';

/** Events in one call of stitch. */
const BATCH = 200;
const REPEATED = 0.2;

/** A clean event, and the number of the person that sent it. */
export interface TrueEvent {
  readonly event: CleanEvent;
  readonly person: number;
}

/** The labelled traffic, taken in as the web shop's and cleaned. @throws Error when clean refuses an event */
export function cleanTraffic(events: number): TrueEvent[] {
  const source = (sources as Source[]).find(({ source_id }) => source_id === 'web');
  if (!source) throw new Error('The source "web" does not ship any more; name another one.');
  const deps = cleanDeps();
  return Array.from(segmentTraffic(events), ({ body, person }, index) => {
    const head = { v: 1 as const, protocol: 'segment' as const, route: 'batch', source, request_id: `r${index}` };
    const batch = Buffer.from(JSON.stringify({ batch: [body] }));
    // A tenth of a second on the way; the time of arrival belongs to the event, whatever the order they are taken in.
    const received_at = new Date(Date.parse(String(body.sentAt)) + 100).toISOString();
    const { events: clean, quarantined } = cleanRecord(encodeRaw({ ...head, received_at }, batch), deps);
    const [event] = clean;
    if (!event) throw new Error(`Event ${index} was refused: ${quarantined[0]?.detail}`);
    return { event, person };
  });
}

const shuffled = (events: readonly TrueEvent[]): TrueEvent[] => new Dice(7).shuffled(events);

/** The ways in which a stream may bring the same events. */
export const DELIVERIES: Readonly<Record<string, (events: readonly TrueEvent[]) => readonly TrueEvent[]>> = {
  'in order': (events) => events,
  reversed: (events) => events.toReversed(),
  shuffled,
  'shuffled, a fifth of them twice': (events) => {
    const dice = new Dice(8);
    return shuffled([...events, ...events.filter(() => dice.chance(REPEATED))]);
  },
};

/** Stitches the events into a store of its own and reads back whose each is: One ID by event id. */
export async function personsOf(delivered: readonly TrueEvent[]): Promise<Map<string, string>> {
  const db = openDatabase(':memory:');
  const store = new SqliteDocStore(db);
  const now = Math.max(...delivered.map(({ event }) => Date.parse(event.received_at)));
  const { deps } = stitchWorld({ store, now });
  const quiet = { ...deps, lake: { put: async () => undefined } };
  for (let from = 0; from < delivered.length; from += BATCH) {
    const batch = delivered.slice(from, from + BATCH).map(({ event }) => event);
    await stitch(batch, quiet);
  }
  const owners = [...new Set(delivered.map(({ event }) => event.owner))];
  const found = await findPersons(owners, new WorkingSet(store));
  db.close();
  return new Map(delivered.map(({ event }) => [event.event_id, found.get(event.owner)?.person.one_id ?? '']));
}

export interface PairwiseScore {
  /** Of the pairs of events that were given to one person, the share that is one's. 1 exactly when all are. */
  readonly precision: number;
  /** Of the pairs of events of one person, the share that was given to one. */
  readonly recall: number;
}

/** Counts the pairs within each group. */
function pairsIn(groups: Iterable<string>): number {
  const sizes = new Map<string, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return Array.from(sizes.values(), (n) => (n * (n - 1)) / 2).reduce((sum, pairs) => sum + pairs, 0);
}

/** Pairwise precision and recall over events. */
export function pairwise(events: readonly TrueEvent[], persons: ReadonlyMap<string, string>): PairwiseScore {
  const given = events.map(({ event }) => persons.get(event.event_id) ?? '');
  const both = pairsIn(events.map(({ person }, at) => `${person}|${given[at]}`));
  return { precision: both / pairsIn(given), recall: both / pairsIn(events.map(({ person }) => String(person))) };
}

/** Every event with all that share an identifier with it, directly or by others: what no deterministic rule can better. */
export function connected(events: readonly TrueEvent[]): Map<string, string> {
  const parent = new Map<string, string>();
  const find = (key: string): string => {
    let root = key;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    if (root !== key) parent.set(key, root);
    return root;
  };
  for (const { event } of events) {
    for (const key of event.identifiers.map(identifierKey)) {
      const [a, b] = [find(key), find(event.owner)];
      if (a !== b) parent.set(a, b);
    }
  }
  return new Map(events.map(({ event }) => [event.event_id, find(event.owner)]));
}
