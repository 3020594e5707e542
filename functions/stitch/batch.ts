import type { StreamRecord } from '../shared/kinesis-batch.ts';
import { profileRows } from '../shared/person/profile-rows.ts';
import { decodeEvents } from '../shared/stream-codec.ts';
import { type StitchDeps, type StitchResult, stitch } from './stitch.ts';

/**
 * A batch of clean stream records: their events join persons, profiles, lake and campaigns; then the lake gets the profiles of
 * the persons that they touched. Idempotent.
 * @throws what `stitch` throws, or SyntaxError for a record that holds no events; then nothing may be taken as done.
 */
export async function stitchBatch(records: readonly StreamRecord[], deps: StitchDeps): Promise<StitchResult> {
  const result = await stitch(
    records.flatMap(({ bytes }) => decodeEvents(bytes)),
    deps,
  );
  const now = deps.clock.now();
  const rows = await profileRows(result.touched, { ...deps, now, seq: now });
  if (rows.length > 0) await deps.lake.put('profiles', rows);
  return result;
}
