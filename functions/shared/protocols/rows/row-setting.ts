import { shortHash } from '../../hash.ts';
import { contentHash, type JsonObject } from '../../json.ts';

/** What the rows of one record have in common. */
export interface RowSetting {
  readonly source_id: string;
  /** Hash of the content of the table that they are of. */
  readonly content: string;
  readonly format: string;
  /** IANA zone of times that have none. */
  readonly zone: string;
  readonly event: string | undefined;
  readonly key: readonly string[] | undefined;
}

/**
 * What tells a row from every other, and is the same whenever and however often it comes: by its key columns where those were named and
 * are filled, else by its number in a content.
 */
export function rowId(row: JsonObject, n: number, { source_id, content, key }: RowSetting): string {
  const values = key?.map((column) => row[column] ?? null);
  if (values?.some((value) => value !== null)) return `f_${contentHash([source_id, 'key', values])}`;
  return `f_${shortHash(`${source_id}|${content}|${n}`)}`;
}
