import type { DatabaseSync } from 'node:sqlite';
import type { MatchDeps } from '../../functions/shared/match/as-they-come.ts';
import type { LakeSink, RawStream, SqlEngine } from '../../functions/shared/seams.ts';
import type { Meta } from '../state.ts';

/** What matching needs of the embedded deployment. */
export interface MatchingParts extends MatchDeps {
  readonly db: DatabaseSync;
  readonly meta: Meta;
  readonly raw: RawStream;
  readonly lake: LakeSink;
  /** The lake as it is now: everything acknowledged before the query is in it. */
  readonly sql: SqlEngine;
  newId(): string;
  /** Runs in a transaction of its own, in line with those of the pipeline. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when the raw stream has been taken care of. */
  settled(): Promise<void>;
}
