import type { Source } from '../../schemas/event.ts';
import type { ImportEntry, ImportSettings } from '../../schemas/import.ts';

/** What is asked for: the source that the rows are of, and how they are read. */
export interface ImportRequest {
  readonly source: Source;
  readonly settings: ImportSettings;
  readonly dryRun?: boolean;
  readonly onProgress?: (entry: ImportEntry) => void;
}
