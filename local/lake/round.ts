import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { LakeTableName } from '../../schemas/lake.ts';
import { appendLines } from './files.ts';
import type { LakeFile } from './manifest.ts';
import type { Outbox, OutboxEntry } from './outbox.ts';
import type { ParquetWriter } from './parquet.ts';

/** Rows of one round, as bytes of NDJSON; bounds memory and the time between two commits of the manifest. */
const ROUND_BYTES = 32 * 1024 * 1024;
/** Outbox entries read at once; bounds how long the event loop is held. */
const PAGE_ENTRIES = 16;

interface Collected {
  source: string;
  /** At least as long as the longest line. */
  longestLineBytes: number;
}

export interface Round {
  readonly files: readonly LakeFile[];
  /** Everything up to here is in the files. */
  readonly lastSeq: number;
}

/**
 * Writes the oldest part of the outbox as Parquet files that no manifest names yet; undefined when there is nothing up to `upTo`.
 * It changes nothing else, so after a crash at any point the same rows are simply written again.
 */
export async function writeRound(work: {
  outbox: Outbox;
  writer: ParquetWriter;
  scratch: string;
  upTo: number;
}): Promise<Round | undefined> {
  const batches = new Map<LakeTableName, Collected>();
  let firstSeq = 0;
  let lastSeq = 0;
  for (let bytes = 0; bytes < ROUND_BYTES; ) {
    const page = work.outbox.page({ after: lastSeq, upTo: work.upTo, limit: PAGE_ENTRIES });
    if (page.length === 0) break;
    firstSeq ||= page[0]?.seq ?? 0;
    lastSeq = page.at(-1)?.seq ?? lastSeq;
    for (const [table, entries] of Map.groupBy(page, (entry) => entry.table)) {
      const batch = batches.get(table) ?? {
        source: join(work.scratch, `${table}-${firstSeq}.ndjson`),
        longestLineBytes: 0,
      };
      if (!batches.has(table)) await rm(batch.source, { force: true });
      batches.set(table, batch);
      bytes += await collect(batch, entries);
    }
  }
  if (lastSeq === 0) return undefined;
  const files: LakeFile[] = [];
  for (const [table, batch] of batches) {
    files.push(...(await work.writer.write({ table, ...batch, name: `part-${firstSeq}-${lastSeq}` })));
    await rm(batch.source, { force: true });
  }
  return { files, lastSeq };
}

/** Appends the entries to the batch's file; answers their size in bytes. */
async function collect(batch: Collected, entries: readonly OutboxEntry[]): Promise<number> {
  await appendLines(
    batch.source,
    entries.map((entry) => entry.ndjson),
  );
  let bytes = 0;
  for (const { ndjson } of entries) {
    bytes += ndjson.byteLength;
    // An entry is never shorter than its longest line.
    batch.longestLineBytes = Math.max(batch.longestLineBytes, ndjson.byteLength);
  }
  return bytes;
}
