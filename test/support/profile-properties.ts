import fc from 'fast-check';
import { expect } from 'vitest';
import type { DocStore } from '../../functions/shared/doc-store.ts';
import { identifierKey } from '../../functions/shared/identifiers.ts';
import { profileRow } from '../../functions/shared/person/profile-row.ts';
import { readPersonByKey } from '../../functions/shared/person/read.ts';
import { encodeEvents } from '../../functions/shared/stream-codec.ts';
import { stitchBatch } from '../../functions/stitch/batch.ts';
import { StitchConflict } from '../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { LaggingStore } from './lagging-store.ts';
import { type StitchWorld, stitchWorld } from './stitch.ts';
import { anyDelivery, anyEvents, deliveries } from './stitch-events.ts';
import { Interrupted, LostReply, MODEL_RULES, UnreliableStore } from './stitch-model.ts';
import { dice } from './stitch-properties.ts';

const WORKERS = 4;

/** Batches of one worker, in order; one that failed is taken again at once, as a shard does. */
async function work(batches: readonly (readonly CleanEvent[])[], world: StitchWorld): Promise<void> {
  for (const batch of batches) {
    const bytes = encodeEvents(batch.map((event) => JSON.stringify(event)));
    for (let done = false; !done; ) {
      try {
        await stitchBatch([{ bytes, arrived_at: '' }], world.deps);
        done = true;
      } catch (error) {
        if (![LostReply, Interrupted, StitchConflict].some((kind) => error instanceof kind)) throw error;
      }
    }
  }
}

/** The events of one owner are in the batches of one worker, as its shard's are. */
function byWorker(batches: readonly (readonly CleanEvent[])[]): CleanEvent[][][] {
  const workerOf = (owner: string): number => [...owner].reduce((sum, char) => sum + char.charCodeAt(0), 0) % WORKERS;
  return Array.from({ length: WORKERS }, (_, worker) =>
    batches.map((batch) => batch.filter(({ owner }) => workerOf(owner) === worker)).filter((batch) => batch.length > 0),
  );
}

/** When an identifier of a person was seen first is left out: evidence about another person may make it earlier, which touches no profile. */
const content = ({ updated_at: _, seq: __, first_seen: ___, last_seen, ...row }: LakeRow): string =>
  JSON.stringify({ ...row, last_seen: row.events === 0 ? '' : last_seen });

/** Rows of one id that bear the latest time: any of them may be taken for the last word. */
function lastWords(rows: readonly LakeRow[]): Map<string, LakeRow[]> {
  const last = new Map<string, LakeRow[]>();
  for (const row of rows) {
    const id = String(row.one_id);
    const order = (of: LakeRow | undefined): string =>
      of ? `${String(of.seq).padStart(20, '0')}|${of.updated_at}` : '';
    const known = last.get(id);
    if (known === undefined || order(row) > order(known[0])) last.set(id, [row]);
    else if (order(row) === order(known[0])) known.push(row);
  }
  return last;
}

async function expectedRows(store: DocStore, keys: Iterable<string>, world: StitchWorld): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for (const key of keys) {
    const state = await readPersonByKey(store, key);
    if (state === undefined) continue;
    rows.set(state.person.one_id, content(profileRow(state, { ...world.deps, now: world.clock.at })));
  }
  return rows;
}

/**
 * Several workers take batches of the same persons at once, each the owners of its own shard: the latest rows of the lake are the
 * persons as they are in the end, and ids that are no longer current are retired.
 */
export const latestProfiles = (open: () => DocStore) =>
  fc.asyncProperty(anyEvents, anyDelivery, fc.integer(), async (events, delivery, seed) => {
    const inner = open();
    const random = dice(seed);
    const store = new UnreliableStore(new LaggingStore(inner, random), random);
    const world = stitchWorld({ store, rules: MODEL_RULES, random });
    world.clock.tick = 1;
    await Promise.all(byWorker(deliveries(events, delivery)).map((batches) => work(batches, world)));
    const keys = new Set(events.flatMap((event) => event.identifiers.map(identifierKey)));
    const expected = await expectedRows(inner, keys, world);
    const last = lastWords(world.lake.of('profiles'));
    for (const [id, row] of expected) expect(last.get(id)?.map(content)).toEqual(last.get(id)?.map(() => row));
    expect(Array.from(expected.keys()).filter((id) => !last.has(id))).toEqual([]);
    const active = Array.from(last, ([id, rows]) => (rows.some((row) => row.active === true) ? id : ''));
    expect(active.filter((id) => id !== '' && !expected.has(id))).toEqual([]);
  });
