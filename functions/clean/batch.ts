import type { CleanEvent } from '../../schemas/event.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import type { StreamRecord } from '../shared/kinesis-batch.ts';
import { quarantineRow } from '../shared/quarantine-row.ts';
import { replayedEntry } from '../shared/replay.ts';
import type { LakeSink, Vault } from '../shared/seams.ts';
import { unpack } from '../shared/stream-codec.ts';
import type { CleanResult } from './clean.ts';
import { cleanMapped, type MappingDeps } from './mapped.ts';

/** Where the results of cleaning go. */
export interface CleanOutputs {
  readonly vault: Pick<Vault, 'store'>;
  readonly lake: LakeSink;
  readonly clean: { put(events: readonly CleanEvent[]): Promise<void> };
  /** Where records are kept as they came. The embedded raw stream keeps them itself. */
  readonly archive?: { put(records: readonly Uint8Array[]): Promise<void> };
  /** What became of the batch; `reasons` has one entry for each event in quarantine. */
  count(counts: Record<string, number>, reasons: readonly string[]): void;
}

/** A record that looks like gzip and is not goes on as it is: cleaning then puts its bytes in quarantine. */
function unpacked(bytes: Uint8Array): Uint8Array {
  try {
    return unpack(bytes);
  } catch {
    return bytes;
  }
}

/** The row that closes the entry which a record replays, once all of the record is clean. The time of the replay orders it. */
function closedBy({ bytes, arrived_at }: StreamRecord, result: CleanResult | undefined): LakeRow[] {
  if (!result || result.quarantined.length > 0 || result.events.length === 0) return [];
  const entry = replayedEntry(unpacked(bytes));
  return entry ? [quarantineRow(entry, 'replayed', Date.parse(arrived_at))] : [];
}

/** What could not be read is in quarantine byte by byte; in the archive nobody could say where it ends. */
const readableOf = (records: readonly StreamRecord[], results: readonly CleanResult[]): Uint8Array[] =>
  records
    .filter((_, index) => !results[index]?.quarantined.some(({ reason }) => reason === 'unreadable_record'))
    .map(({ bytes }) => bytes);

/**
 * Cleans records and hands over what became of them. The vault comes first: an event whose person cannot be reached any
 * more would be of no use. Repeating it gives the same rows and events. The archive comes last: what fails before it is not in there again and again.
 * @throws what an output throws; then nothing may be taken as done.
 */
export async function cleanBatch(
  records: readonly StreamRecord[],
  deps: MappingDeps,
  outputs: CleanOutputs,
): Promise<void> {
  const results: CleanResult[] = [];
  for (const { bytes, arrived_at } of records) {
    results.push(await cleanMapped(unpacked(bytes), { ...deps, arrivedAt: arrived_at }));
  }
  const events = results.flatMap((result) => result.events);
  const quarantined = results.flatMap((result) => result.quarantined);
  await outputs.vault.store(results.flatMap((result) => result.secrets));
  if (quarantined.length > 0) {
    await outputs.lake.put(
      'quarantine',
      quarantined.map((item) => quarantineRow(item, 'open', 0)),
    );
  }
  await outputs.clean.put(events);
  const closed = records.flatMap((record, index) => closedBy(record, results[index]));
  if (closed.length > 0) await outputs.lake.put('quarantine', closed);
  await outputs.archive?.put(readableOf(records, results));
  const reasons = quarantined.map(({ reason }) => reason);
  const dropped = results.reduce((sum, result) => sum + (result.dropped ?? 0), 0);
  outputs.count({ events: events.length, quarantined: quarantined.length, ...(dropped > 0 && { dropped }) }, reasons);
}
