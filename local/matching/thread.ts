import { parentPort, workerData } from 'node:worker_threads';
import { type MatchTask, scoreAll, trainOn } from './task.ts';
import type { MatchReply } from './thread-client.ts';

const task = workerData as MatchTask; // what `runTask` passes

function answer(): MatchReply {
  try {
    const result = task.kind === 'train' ? trainOn(task.records, task.settings) : scoreAll(task.records, task.model);
    return { ok: true, result };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : 'unknown error' };
  }
}

parentPort?.postMessage(answer());
