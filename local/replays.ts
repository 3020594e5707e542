import { cleanRecord } from '../functions/clean/clean.ts';
import { feedQuarantined, type ReplayFilter, type ReplayReport } from '../functions/shared/replay.ts';
import type { App } from './app.ts';

const PAGE = 500;

/** Feeds the open entries of the embedded quarantine in again; a dry run says what would become of them, and stores nothing. */
export const feedOpen = (
  { sql, raw, sources, cleaning }: Pick<App, 'sql' | 'raw' | 'sources' | 'cleaning'>,
  options: { filter?: ReplayFilter; dryRun?: boolean } = {},
): Promise<ReplayReport> =>
  feedQuarantined(
    {
      sql,
      source: (id) => sources.byId(id),
      putRaw: async (records) => {
        await Promise.all(records.map((record) => raw.put(record)));
      },
      attempt: (record) => cleanRecord(record, cleaning).quarantined,
      page: PAGE,
    },
    { filter: options.filter ?? {}, dryRun: options.dryRun ?? false },
  );
