import type { CleanEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { isDefect, kindOfError } from '../shared/defect.ts';
import type { StreamRecord } from '../shared/kinesis-batch.ts';
import { profileRowsAfter } from '../shared/person/profile-rows.ts';
import { decodeEvents } from '../shared/stream-codec.ts';
import { quarantineRow, unreadableRow } from './rows.ts';
import { type StitchDeps, type StitchResult, stitch } from './stitch.ts';

/** Events of one batch that may be set aside. If more fail, it is the code that is at fault: the stream keeps them better. */
const MAX_SET_ASIDE = 5;

/**
 * A batch of clean stream records: their events join persons, profiles, lake and campaigns; then the lake gets the profiles of
 * the persons that they touched. Idempotent. An event that fails for what it is goes to quarantine, and its neighbours go on.
 * @throws what `stitch` throws, or the error of the sixth event that had to be set aside; then nothing may be taken as done.
 */
export async function stitchBatch(records: readonly StreamRecord[], deps: StitchDeps): Promise<StitchResult> {
  const events: CleanEvent[] = [];
  const unreadable: LakeRow[] = [];
  for (const record of records) {
    try {
      for (const event of decodeEvents(record.bytes)) events.push(event);
    } catch (error) {
      unreadable.push(unreadableRow(record, kindOfError(error)));
    }
  }
  if (unreadable.length > 0) await deps.lake.put('quarantine', unreadable);
  return joined(await takeIn(events, deps, { left: MAX_SET_ASIDE }));
}

/** Takes events all at once; when one of them is at fault, halves find it. */
async function takeIn(
  events: readonly CleanEvent[],
  deps: StitchDeps,
  budget: { left: number },
): Promise<StitchResult[]> {
  try {
    return [await takeWhole(events, deps)];
  } catch (error) {
    if (!isDefect(error)) throw error;
    const [first, second] = events;
    if (!first) throw error;
    if (second) {
      const middle = events.length >> 1;
      const before = await takeIn(events.slice(0, middle), deps, budget);
      return [...before, ...(await takeIn(events.slice(middle), deps, budget))];
    }
    if (budget.left === 0) throw error;
    budget.left -= 1;
    return [await setAside(first, error, deps)];
  }
}

async function takeWhole(events: readonly CleanEvent[], deps: StitchDeps): Promise<StitchResult> {
  const result = await stitch(events, deps);
  const { touched, aftermath } = result;
  const rows = aftermath === undefined ? [] : await profileRowsAfter(touched, aftermath, deps);
  if (rows.length > 0) await deps.lake.put('profiles', rows);
  return result;
}

async function setAside(event: CleanEvent, error: unknown, { lake, clock }: StitchDeps): Promise<StitchResult> {
  const reason = 'internal_error';
  const now = clock.now();
  const detail = `Stitching it failed with ${kindOfError(error)}.`;
  const row = quarantineRow(event, { reason, field: '', detail }, new Date(now).toISOString());
  // Replayed, it may fail again: the later word counts.
  await lake.put('quarantine', [{ ...row, seq: now }]);
  return { events: [{ event, outcome: 'quarantined', reason }], persons: [], touched: [], armed: 0 };
}

const joined = (results: readonly StitchResult[]): StitchResult => ({
  events: results.flatMap(({ events }) => events),
  persons: results.flatMap(({ persons }) => persons),
  touched: [...new Set(results.flatMap(({ touched }) => touched))],
  armed: results.reduce((sum, { armed }) => sum + armed, 0),
});
