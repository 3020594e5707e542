import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SqlError, type SqlResult } from '../../functions/shared/seams.ts';
import type { QueryReply, QueryRequest, WorkerSettings } from './messages.ts';

/** How long a query may go on after its own time limit, before its process is ended, s. */
const GRACE_SECONDS = 2;
/** Most memory for values on their way out of the worker, MiB. */
const HEAP_MIB = 512;
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** One SQL process, seen from the server. It ends with its first failure and is then replaced. */
export class SqlWorker {
  readonly #child: ChildProcess;
  #alive = true;
  #settle: ((reply: QueryReply) => void) | undefined;
  /** The version of the views it has; -1 before the first query. */
  #viewsVersion = -1;

  constructor(settings: WorkerSettings) {
    this.#child = fork(WORKER, [JSON.stringify(settings)], {
      // No environment: it may hold credentials, and SQL has no business with it.
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning', `--max-old-space-size=${HEAP_MIB}`],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (reply: QueryReply) => this.#settle?.(reply));
    this.#child.on('error', (error) => this.#ended(error.message));
    this.#child.on('exit', (code) => this.#ended(code === null ? undefined : `exit code ${code}`));
    this.#child.unref();
    this.#child.channel?.unref();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Runs one query; not to be called again before it is over.
   * @throws SqlError when the query is refused, fails, or had to be ended with the process.
   */
  async run(
    request: QueryRequest,
    views: { version: number; statements: () => readonly string[] },
  ): Promise<SqlResult> {
    const renew = views.version === this.#viewsVersion ? undefined : views.statements();
    const reply = await this.#exchange({ ...request, statements: renew });
    if (reply.exhausted) this.end();
    if (!reply.ok) throw new SqlError(reply.message);
    this.#viewsVersion = views.version;
    return reply.result;
  }

  end(): void {
    this.#alive = false;
    this.#child.kill('SIGKILL');
  }

  async #exchange(request: QueryRequest): Promise<QueryReply> {
    const { promise, resolve } = Promise.withResolvers<QueryReply>();
    this.#settle = resolve;
    this.#child.channel?.ref();
    const deadline = setTimeout(
      () => this.#overdue(request.limits.seconds),
      (request.limits.seconds + GRACE_SECONDS) * 1_000,
    );
    try {
      this.#child.send(request, (error) => {
        if (error) this.#ended(error.message);
      });
      return await promise;
    } finally {
      clearTimeout(deadline);
      this.#child.channel?.unref();
      this.#settle = undefined;
    }
  }

  #overdue(seconds: number): void {
    this.#settle?.({ ok: false, message: `The query was stopped after ${seconds} s.`, exhausted: true });
  }

  /** @param fault why the process ended by itself; undefined when a signal ended it, as happens to one that grew too large. */
  #ended(fault: string | undefined): void {
    this.#alive = false;
    const message = fault
      ? `The SQL process failed (${fault}); try again.`
      : 'The query was stopped because it needed too much memory; aggregate or filter more.';
    this.#settle?.({ ok: false, message, exhausted: true });
  }
}
