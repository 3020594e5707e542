import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointerSettings, CheckpointReply } from './checkpointer.ts';

const { database } = workerData as CheckpointerSettings; // what `Checkpointer` passes
const db = new DatabaseSync(database);
// This connection writes nothing of its own; NORMAL makes it sync the log before, and the file after it has moved pages.
db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
const move = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
const look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
/** Few enough for the pipeline's thread to move by itself within milliseconds. */
const REST_PAGES = 256;
/** Each pass leaves what was written during it; where that does not become less, the disk is too slow, and passes end. */
const MAX_PASSES = 6;

function moved(): CheckpointReply {
  try {
    for (let pass = 0; pass < MAX_PASSES; pass += 1) {
      move.get();
      const { log, checkpointed } = look.get() ?? {};
      if (Number(log) - Number(checkpointed) <= REST_PAGES) break;
    }
    return { moved: Number(look.get()?.checkpointed) };
  } catch (error) {
    // A full disk, for one. Commits meet the same fault and report it; the next request tries again.
    return { fault: error instanceof Error ? error.message : 'unknown error' };
  }
}

parentPort?.on('message', (request: 'move' | 'close') => {
  if (request === 'move') {
    parentPort?.postMessage(moved());
    return;
  }
  db.close();
  parentPort?.close();
});
