import { feedQuarantined, type ReplayFilter, type ReplayReport } from '../functions/shared/replay.ts';
import type { RawStream, SqlEngine } from '../functions/shared/seams.ts';
import type { Source } from '../schemas/event.ts';

const PAGE = 500;

/** Feeds the open entries of the embedded quarantine in again. */
export const feedOpen = (
  context: { sql: SqlEngine; raw: RawStream; source(id: string): Source | undefined },
  options: { filter?: ReplayFilter; dryRun?: boolean } = {},
): Promise<ReplayReport> =>
  feedQuarantined(
    {
      sql: context.sql,
      source: context.source,
      putRaw: async (records) => {
        await Promise.all(records.map(({ key, record }) => context.raw.put(record, key)));
      },
      page: PAGE,
    },
    { filter: options.filter ?? {}, dryRun: options.dryRun ?? false },
  );
