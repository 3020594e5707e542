/** How a table of the lake is described. Column types are the subset that Trino and DuckDB share. */
export type ColumnType = 'varchar' | 'timestamp' | 'date' | 'bigint' | 'boolean' | 'double';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
}

export interface LakeTable {
  readonly name: string;
  /** Timestamp column whose UTC date is the partition `ingest_day`. */
  readonly ingest_column: string;
  readonly pii: boolean;
  readonly retention_days: number;
  readonly erasure: 'delete_by_owner' | 'delete_by_one_id' | 'none';
  readonly columns: readonly Column[];
}

/** One column; its comment tells what it holds. */
export const column = (name: string, type: ColumnType, comment: string): Column => ({ name, type, comment });
