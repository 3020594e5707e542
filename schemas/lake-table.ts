/** How a table of the lake is described. Column types are the subset that Trino and DuckDB share. */
export type ColumnType = 'varchar' | 'timestamp' | 'date' | 'bigint' | 'boolean' | 'double';

/**
 * What a column tells of a person: `none`, nothing by itself; `tokens`, who it is, to whoever holds the key or the vault;
 * `personal`, what somebody is like, said or did, in values that nobody can foresee.
 */
export type Classification = 'none' | 'tokens' | 'personal';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly comment: string;
  /** `none` where nothing is said. */
  readonly classification?: Classification;
}

export interface LakeTable {
  readonly name: string;
  readonly comment: string;
  /** Timestamp column whose UTC date is the partition `ingest_day`. */
  readonly ingest_column: string;
  /** Columns that name a row: delivered twice, it has the same values in them. */
  readonly row_key: readonly [string, ...string[]];
  readonly pii: boolean;
  readonly retention_days: number;
  /** By what a person's rows are found; `none` where rows name nobody, and are gone soon. */
  readonly erasure: 'delete_by_owner' | 'delete_by_one_id' | 'delete_by_pair' | 'none';
  readonly columns: readonly Column[];
}

/** One column; its comment tells what it holds. */
export const column = (name: string, type: ColumnType, comment: string): Column => ({ name, type, comment });

/** A column that says who somebody is, in tokens and keys. */
export const tokens = (of: Column): Column => ({ ...of, classification: 'tokens' });

/** A column whose values may be personal. */
export const personal = (of: Column): Column => ({ ...of, classification: 'personal' });

/** How a column is classified. */
export const classificationOf = ({ classification }: Column): Classification => classification ?? 'none';

const ERASED_BY: Record<
  LakeTable['erasure'],
  { readonly owners: readonly string[]; readonly persons: readonly string[] }
> = {
  delete_by_owner: { owners: ['owner'], persons: [] },
  delete_by_one_id: { owners: [], persons: ['one_id'] },
  delete_by_pair: { owners: ['a', 'b'], persons: [] },
  none: { owners: [], persons: [] },
};

/** The columns of a table that hold whom its rows are about: keys of identifiers, and One IDs. */
export const erasureColumns = (table: LakeTable) => ERASED_BY[table.erasure];
