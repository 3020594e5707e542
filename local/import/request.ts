import type { CompiledMapping } from '../../functions/shared/mapping/mapping.ts';
import type { Source } from '../../schemas/event.ts';
import type { ImportEntry, ImportSettings } from '../../schemas/import.ts';

/** What is asked for: the source that the rows are of, and how they are read. */
export interface ImportRequest {
  readonly source: Source;
  readonly settings: ImportSettings;
  readonly dryRun?: boolean;
  /** In place of the mapping of the source; for a dry run. */
  readonly mapping?: CompiledMapping;
  readonly onProgress?: (entry: ImportEntry) => void;
}
