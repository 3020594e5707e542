import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The data folder is already open. */
export class FolderInUse extends Error {
  override name = 'FolderInUse';
}

/**
 * Takes a data folder for this process alone; two writers would each undo the other. The operating system lets go of the
 * lock when the process ends, however it ends. Returns how to release it.
 * @throws FolderInUse
 */
export function lockFolder(dir: string): () => void {
  const db = new DatabaseSync(join(dir, 'lock.db'), { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    db.close();
    throw new FolderInUse(
      `Another process has the data folder ${dir} open; stop it, or name another folder with --data.`,
    );
  }
  return () => db.close();
}
