import { Worker } from 'node:worker_threads';
import type { MatchModel } from '../../functions/shared/match/model.ts';
import type { MatchTask, ScoredPair } from './task.ts';

export type MatchReply =
  | { readonly ok: true; readonly result: MatchModel | readonly ScoredPair[] }
  /** Never has a value in it. */
  | { readonly ok: false; readonly message: string };

/** The persons of the lake cannot be matched; the message says why. */
export class MatchTaskError extends Error {
  override name = 'MatchTaskError';
}

const THREAD = new URL('./thread.ts', import.meta.url);

/**
 * Runs one task on a thread of its own: seconds of computing would keep every request and every event waiting.
 * @throws MatchTaskError
 */
async function runTask(task: MatchTask): Promise<MatchModel | readonly ScoredPair[]> {
  const { promise, resolve, reject } = Promise.withResolvers<MatchReply>();
  const worker = new Worker(THREAD, { workerData: task, execArgv: ['--disable-warning=ExperimentalWarning'] });
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', (code) => reject(new MatchTaskError(`The thread that matches ended with ${code}.`)));
  try {
    const reply = await promise;
    if (!reply.ok) throw new MatchTaskError(reply.message);
    return reply.result;
  } finally {
    await worker.terminate();
  }
}

/** See `trainOn`. @throws MatchTaskError */
export const trainOnThread = async (task: Omit<Extract<MatchTask, { kind: 'train' }>, 'kind'>): Promise<MatchModel> =>
  (await runTask({ kind: 'train', ...task })) as MatchModel; // what the thread answers to this task

/** See `scoreAll`. @throws MatchTaskError */
export const scoreOnThread = async (
  task: Omit<Extract<MatchTask, { kind: 'score' }>, 'kind'>,
): Promise<readonly ScoredPair[]> => (await runTask({ kind: 'score', ...task })) as readonly ScoredPair[]; // as above
