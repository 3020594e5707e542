import { Compile } from 'typebox/compile';
import { Batcher } from '../../../functions/import/batch.ts';
import type { Judge } from '../../../functions/import/judge.ts';
import { counted, type Found, newEntry } from '../../../functions/import/report.ts';
import type { DocStore } from '../../../functions/shared/doc-store.ts';
import type { Clock, RawStream } from '../../../functions/shared/seams.ts';
import type { Source } from '../../../schemas/event.ts';
import { type DatabasePull, type ImportEntry, PullEntry } from '../../../schemas/import.ts';
import { type DatabaseReader, orderOf } from './reader.ts';

/** Rows of one page: held in memory. */
const PAGE_ROWS = 1_000;
const validator = Compile(PullEntry);

export interface PullDeps {
  readonly clock: Clock;
  readonly store: DocStore;
  readonly raw: RawStream;
  readonly judge: Judge;
  /** Resolves when the stream may take more. */
  room(): Promise<void>;
  /** Reads and judges one page, and stores nothing. */
  readonly dryRun?: boolean;
  onProgress?(entry: ImportEntry): void;
}

/**
 * Pulls what is new since the last run. A row's id is made of its keys and its cursor, so a row that changed is a new event, and one that
 * is read again after a crash is the same. Rows are on the raw stream before the ledger says so.
 * @throws DatabaseError, or what stream and store throw; the next run goes on from there
 */
export async function pullDatabase(
  { pull, source }: { readonly pull: DatabasePull; readonly source: Source },
  reader: DatabaseReader,
  deps: PullDeps,
): Promise<ImportEntry> {
  const { clock, store, raw, judge, room, dryRun, onProgress } = deps;
  const key = `pull#${pull.name}`;
  const batcher = batcherOf(pull, source);
  let kept = (await store.get([key])).get(key);
  const known = validator.Check(kept?.body) ? kept.body : undefined;
  let after = known?.after;
  let n = known?.rows ?? 0;
  let report = newEntry(
    { file: { name: pull.name, size: 0 }, source },
    { content: '', import_id: '', started: new Date(clock.now()).toISOString() },
  );
  for (;;) {
    const page = await reader.page(after, PAGE_ROWS);
    const now = new Date(clock.now()).toISOString();
    const rows = page.map(({ row }, index) => ({ n: n + index + 1, row }));
    const found: Found = { rows: rows.length, skipped: 0, dropped: 0, refused: [] };
    for (const { record, numbers } of batcher.batches(rows, now)) {
      const { refused, dropped } = await judge(record);
      for (const { index, finding } of refused) found.refused.push({ row: numbers[index] ?? 0, finding });
      found.dropped += dropped;
      if (dryRun) continue;
      await room();
      await raw.put(record);
    }
    report = { ...counted(report, found), state: 'done', updated_at: now, finished_at: now };
    onProgress?.(report);
    const last = page.at(-1);
    if (dryRun || !last) return report;
    [after, n] = [[...last.place], n + rows.length];
    const entry: PullEntry = { schema: 'pull/1', name: pull.name, after, rows: n, updated_at: now };
    const written = await store.commit([{ key, expected: kept?.version ?? 0, body: entry }]);
    if (!written.ok) throw new Error(`The pull ${pull.name} is at work elsewhere.`);
    if (page.length < PAGE_ROWS) return report;
    kept = (await store.get([key])).get(key);
  }
}

function batcherOf(pull: DatabasePull, source: Source): Batcher {
  const { name, event, time_zone } = pull;
  return new Batcher({
    import_id: `pull_${name}`,
    source,
    file: name,
    part: '',
    content: `pull:${name}`,
    format: 'database',
    settings: {
      key: orderOf(pull),
      ...(event !== undefined && { event }),
      ...(time_zone !== undefined && { time_zone }),
    },
  });
}
