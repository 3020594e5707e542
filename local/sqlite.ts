import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const MEMORY = ':memory:';
/** The file may hold personal data: only its owner may read it. SQLite gives the write-ahead log the same mode. */
const PRIVATE_FILE_MODE = 0o600;
const PRIVATE_DIRECTORY_MODE = 0o700;
const BUSY_TIMEOUT_MS = 5_000;
const PAGE_CACHE_KIB = 65_536;
/**
 * Pages of log after which a commit also moves them into the database, and syncs: 32 MiB. Eight times SQLite's default,
 * because pages that are changed again and again meanwhile are moved once.
 */
export const CHECKPOINT_PAGES = 8192;
const WAL_SIZE_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens (and creates) a database of the embedded binding, with a write-ahead log. With `sync: 'commit'` a commit is on the
 * disk when it returns. With `sync: 'checkpoint'` it survives the end of the process at once, and a power cut only once
 * the log is checkpointed: for state that is made anew from the raw stream, whose checkpoint it holds.
 * @throws Error when the file cannot be opened or its file system has no write-ahead log.
 */
export function openDatabase(path: string, { sync = 'commit' }: { sync?: 'commit' | 'checkpoint' } = {}): DatabaseSync {
  if (path !== MEMORY) {
    mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY_MODE });
    closeSync(openSync(path, 'a', PRIVATE_FILE_MODE));
  }
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const journal = db.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode;
    if (journal !== 'wal' && path !== MEMORY) {
      throw new Error(
        `Database ${path} cannot keep a write-ahead log (mode ${journal}); move the data folder to a local disk.`,
      );
    }
    db.exec(`
      PRAGMA synchronous = ${sync === 'commit' ? 'FULL' : 'NORMAL'};
      PRAGMA foreign_keys = ON;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -${PAGE_CACHE_KIB};
      PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT_BYTES};
    `);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQL, or what SQL cannot say; it runs in a transaction either way. */
export type Migration = string | ((db: DatabaseSync) => void);

/**
 * Brings one component's tables up to date. `steps[n]` leads from version n to n + 1; steps are only ever appended.
 * Components that share a file have their own names, so each counts for itself.
 * @throws Error when the file was written by a newer program.
 */
export function migrate(db: DatabaseSync, component: string, steps: readonly Migration[]): void {
  db.exec('CREATE TABLE IF NOT EXISTS migrations(component TEXT PRIMARY KEY, version INTEGER NOT NULL)');
  const version = db.prepare('SELECT version FROM migrations WHERE component = ?');
  const done = Number(version.get(component)?.version ?? 0);
  if (done > steps.length) {
    throw new Error(
      `The tables of ${component} have version ${done}, this program knows ${steps.length}; start a newer program.`,
    );
  }
  if (done === steps.length) return;
  inTransaction(db, () => {
    // Asked again: another process that opened the file may have taken steps until this one could write.
    for (const step of steps.slice(Number(version.get(component)?.version ?? 0))) {
      if (typeof step === 'string') db.exec(step);
      else step(db);
    }
    db.prepare('INSERT OR REPLACE INTO migrations VALUES (?, ?)').run(component, steps.length);
  });
}

/**
 * Runs `work` atomically, whether or not a transaction is already open: within one, a savepoint takes its place, so that
 * a failure undoes only `work`. The error of `work` is thrown on.
 */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  const nested = db.isTransaction;
  db.exec(nested ? 'SAVEPOINT work' : 'BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec(nested ? 'RELEASE work' : 'COMMIT');
    return result;
  } catch (error) {
    undo(db, nested);
    throw error;
  }
}

/** On a full disk SQLite may have rolled the transaction back by itself; then there is nothing to undo. */
function undo(db: DatabaseSync, nested: boolean): void {
  if (!db.isTransaction) return;
  db.exec(nested ? 'ROLLBACK TO work; RELEASE work' : 'ROLLBACK');
}
