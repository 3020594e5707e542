import { accepted } from '../../functions/import/report.ts';
import type { ImportOutcome } from '../../functions/import/run.ts';
import type { ImportEntry } from '../../schemas/import.ts';

/** What is told of an import to whoever dropped the file. */
export interface ImportReport {
  readonly outcome: 'running' | 'done' | 'imported_before' | 'failed' | 'paused' | 'busy';
  readonly dry_run?: boolean;
  readonly import_id: string;
  readonly source_id: string;
  readonly file: string;
  readonly bytes: number;
  readonly rows_read: number;
  readonly rows_accepted: number;
  readonly rows_quarantined: Readonly<Record<string, number>>;
  readonly lines_of_nobody: number;
  readonly rows_left_out_by_mapping: number;
  readonly examples: ImportEntry['examples'];
  readonly started_at: string;
  readonly finished_at?: string;
  readonly error?: string;
  readonly came_again?: number;
}

type Told = { readonly kind: ImportOutcome['kind'] | 'running'; readonly entry: ImportEntry };

/** A report for whoever dropped the file. Holds nothing of its rows. */
export function reportOf({ kind, entry }: Told, dryRun: boolean): ImportReport {
  const {
    import_id,
    source_id,
    file,
    bytes,
    rows,
    refused,
    skipped,
    dropped,
    examples,
    started_at,
    finished_at,
    error,
    repeats,
  } = entry;
  return {
    outcome: kind === 'again' ? 'imported_before' : kind,
    ...(dryRun && { dry_run: true }),
    import_id,
    source_id,
    file,
    bytes,
    rows_read: rows,
    rows_accepted: accepted(entry),
    rows_quarantined: refused,
    lines_of_nobody: skipped,
    rows_left_out_by_mapping: dropped,
    examples,
    started_at,
    ...(finished_at && { finished_at }),
    ...(error && { error }),
    ...(repeats > 0 && { came_again: repeats }),
  };
}
