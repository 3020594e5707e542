import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { scratchDir } from './files.ts';
import { Outbox } from './outbox.ts';
import { ParquetWriter } from './parquet.ts';
import { writeRound } from './round.ts';
import type { LakeReply, LakeRequest, LakeThreadSettings } from './thread-client.ts';

/** Time to wait for the pipeline's thread while it brings the log of the database into its file. */
const BUSY_TIMEOUT_MS = 5_000;

const { dir, database } = workerData as LakeThreadSettings; // what `LakeThread` passes
const db = new DatabaseSync(database, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
const outbox = new Outbox(db);
const opening = ParquetWriter.open({ dir, spillDir: join(scratchDir(dir), 'spill') });
// A failure belongs to the request that needs the writer.
opening.catch(() => undefined);

async function answer(request: LakeRequest): Promise<unknown> {
  const writer = await opening;
  if (request.kind === 'round') {
    return writeRound({ outbox, writer, scratch: scratchDir(dir), upTo: request.upTo });
  }
  if (request.kind === 'merge') return writer.merge(request.files, request.name);
  writer.close();
  db.close();
  parentPort?.close();
  return undefined;
}

parentPort?.on('message', (request: LakeRequest) => {
  answer(request).then(
    (result) => parentPort?.postMessage({ ok: true, result } satisfies LakeReply),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : 'unknown error';
      parentPort?.postMessage({ ok: false, message } satisfies LakeReply);
    },
  );
});
