import { openConfined } from './confined.ts';
import type { QueryReply, QueryRequest, WorkerSettings } from './messages.ts';

/**
 * The process that runs queries. It is a process, not a thread, because some queries allocate past DuckDB's memory limit or do not heed an
 * interrupt; this one can be ended without harm to the pipeline. One query at a time; started by `worker-client.ts`.
 */
const MEMORY_CHECK_MS = 10;
const MIB = 1024 * 1024;

const settings = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings; // written by worker-client.ts
const duckdb = openConfined(settings);
duckdb.catch(() => undefined); // each request answers with the failure

process.on('message', (request: QueryRequest) => void answer(request));
process.on('disconnect', endNow);

async function answer(request: QueryRequest): Promise<void> {
  const watch = setInterval(endWhenTooLarge, MEMORY_CHECK_MS);
  const reply = await run(request);
  clearInterval(watch);
  process.send?.(reply);
}

async function run(request: QueryRequest): Promise<QueryReply> {
  try {
    const result = await (await duckdb).query(request);
    return { ok: true, result, exhausted: isExhausted() };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error), exhausted: isExhausted() };
  }
}

/** Memory that allocators keep after a large query counts against the next one, so such a process is better replaced. */
function isExhausted(): boolean {
  return process.memoryUsage.rss() > settings.memoryMiB * MIB;
}

function endWhenTooLarge(): void {
  if (process.memoryUsage.rss() > settings.processMemoryMiB * MIB) endNow();
}

/** Not `process.exit`, which waits for the native thread that is busy with the query. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
