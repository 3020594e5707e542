import type { JsonObject } from '../shared/json.ts';

/** Why a row could not be read: a reason of the registry, and one sentence that holds nothing of the row. */
export interface RowProblem {
  readonly reason: 'row_too_large' | 'row_unreadable';
  readonly detail: string;
}

/** A row by its number, from 1 on, with its values by column; or why it has none. */
export type ReadRow =
  | { readonly n: number; readonly row: JsonObject; readonly problem?: undefined }
  | { readonly n: number; readonly problem: RowProblem };

/** Rows that were read together. */
export interface Lot {
  readonly rows: readonly ReadRow[];
  /** The byte of the part from which reading can go on behind them; absent where it cannot. */
  readonly offset?: number;
}

/** Where reading begins: behind so many rows, and at a byte where one was given. */
export interface From {
  readonly row: number;
  readonly offset?: number | undefined;
}
