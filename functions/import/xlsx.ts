import type { From, Lot } from './rows.ts';
import type { ZipEntry } from './zip.ts';
export async function sheetsOf(
  _entries: readonly ZipEntry[],
  _sheet: string | undefined,
): Promise<{ name: string; rows(from: From): AsyncIterable<Lot> }[]> {
  return [];
}
