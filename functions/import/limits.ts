/** Bytes of one row as it stands in its file. Of an event 32 KiB are taken; what is between the two is kept in quarantine. */
export const MAX_ROW_BYTES = 256 * 1024;
/** Columns of one table. */
export const MAX_COLUMNS = 500;
/** Rows of one sheet of a workbook, as Excel has it. */
export const MAX_SHEET_ROWS = 1_048_576;
/** Characters of all texts that the cells of a workbook share: they are kept in memory. */
export const MAX_SHARED_CHARS = 32 * 1024 * 1024;
/** Bytes of a row group of Parquet before compression: it is kept in memory. */
export const MAX_ROW_GROUP_BYTES = 256 * 1024 * 1024;
/** Bytes of a file as it was dropped. */
export const MAX_FILE_BYTES = 64 * 1024 ** 3;
/** Bytes that a packed file may come to. */
export const MAX_UNPACKED_BYTES = 256 * 1024 ** 3;
/** How many times its packed size a file may come to, from MIN_BOMB_BYTES on: tables shrink to a fiftieth at the most. */
export const MAX_UNPACKED_RATIO = 250;
export const MIN_BOMB_BYTES = 64 * 1024 * 1024;
/** Files in one archive. */
export const MAX_ARCHIVE_FILES = 1000;
/** Rows in one raw record, and their bytes: about one unit of the stream after gzip. */
export const MAX_BATCH_ROWS = 500;
export const MAX_BATCH_BYTES = 192 * 1024;
/** Rows that may be unreadable before a file counts as damaged; from there on, if they are more than half of all. */
export const MIN_DAMAGED_ROWS = 1000;
