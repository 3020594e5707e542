import type { SqlResult } from '../../functions/shared/seams.ts';

/** How a SQL worker is confined; the first argument of the process, as JSON. */
export interface WorkerSettings {
  /** The lake folder: the only place the worker can read. */
  readonly dir: string;
  /** DuckDB's own memory limit, MiB. */
  readonly memoryMiB: number;
  /** Resident size of the whole process above which it ends itself, MiB: DuckDB does not count every allocation. */
  readonly processMemoryMiB: number;
  readonly threads: number;
}

export interface QueryLimits {
  readonly seconds: number;
  readonly rows: number;
  /** Size of the answer as JSON text, in characters. */
  readonly answerChars: number;
}

export interface QueryRequest {
  readonly sql: string;
  readonly parameters: readonly (string | number | boolean)[];
  readonly limits: QueryLimits;
  /** Statements that renew the views, when the worker's are out of date. */
  readonly statements?: readonly string[];
}

export type QueryReply =
  | { readonly ok: true; readonly result: SqlResult; readonly exhausted: boolean }
  /** `exhausted`: the worker has used so much memory that it should be replaced. */
  | { readonly ok: false; readonly message: string; readonly exhausted: boolean };
