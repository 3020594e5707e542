import type { Source } from '../../schemas/event.ts';
import type { ImportEntry } from '../../schemas/import.ts';
import type { Finding } from '../../schemas/reasons.ts';
import type { FileBytes } from './file-bytes.ts';

const MAX_EXAMPLES = 10;
const EXAMPLES_PER_REASON = 3;

/** What became of some rows. */
export interface Found {
  readonly rows: number;
  skipped: number;
  dropped: number;
  readonly refused: { readonly row: number; readonly finding: Finding }[];
}

/** The entry of a file of which nothing is read yet. */
export const newEntry = (
  { file, source }: { readonly file: Pick<FileBytes, 'name' | 'size'>; readonly source: Source },
  { content, import_id, started }: { readonly content: string; readonly import_id: string; readonly started: string },
): ImportEntry => ({
  schema: 'import/1',
  import_id,
  source_id: source.source_id,
  file: file.name.slice(0, 300),
  content_hash: content,
  bytes: file.size,
  state: 'running',
  position: { part: 0, row: 0 },
  rows: 0,
  refused: {},
  skipped: 0,
  dropped: 0,
  examples: [],
  repeats: 0,
  started_at: started,
  updated_at: started,
});

/** The entry with more rows counted. */
export function counted(entry: ImportEntry, { rows, skipped, dropped, refused }: Found): ImportEntry {
  const byReason = { ...entry.refused };
  const examples = [...entry.examples];
  for (const { row, finding } of refused) {
    const { reason, field, detail } = finding;
    const before = byReason[reason] ?? 0;
    byReason[reason] = before + 1;
    if (before >= EXAMPLES_PER_REASON || examples.length >= MAX_EXAMPLES) continue;
    examples.push({ row, reason, field: field.slice(0, 200), detail: detail.slice(0, 500) });
  }
  return {
    ...entry,
    rows: entry.rows + rows,
    skipped: entry.skipped + skipped,
    dropped: entry.dropped + dropped,
    refused: byReason,
    examples,
  };
}

/** Rows that became events. */
export const accepted = ({ rows, skipped, dropped, refused }: ImportEntry): number =>
  rows - skipped - dropped - Object.values(refused).reduce((sum, n) => sum + n, 0);
