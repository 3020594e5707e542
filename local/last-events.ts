import { openRecord } from '../functions/clean/clean.ts';
import type { CleanDeps } from '../functions/clean/draft.ts';
import type { SqliteRawStream } from './raw-stream.ts';

/** Raw records that are looked through at most: a source that sends seldom may have none among them. */
const MAX_RECORDS = 20_000;

/** The newest events that a source sent, newest first, as they were decoded, before any mapping. */
export function lastEvents(
  raw: Pick<SqliteRawStream, 'newest'>,
  cleaning: CleanDeps,
): (source_id: string, count: number) => Promise<readonly unknown[]> {
  return async (source_id, count) => {
    const events: unknown[] = [];
    let looked = 0;
    for (const record of raw.newest()) {
      looked += 1;
      if (events.length >= count || looked > MAX_RECORDS) break;
      const opened = openRecord(record, cleaning);
      if ('items' in opened && opened.head.source.source_id === source_id) {
        events.push(...opened.items.map(({ whole }) => whole).reverse());
      }
    }
    return events.slice(0, count);
  };
}
