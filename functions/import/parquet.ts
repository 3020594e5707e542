import type { FileBytes } from './file-bytes.ts';
import type { From, Lot } from './rows.ts';
export async function* parquetRows(_file: FileBytes, _from: From): AsyncGenerator<Lot, void> {}
