import { fork } from 'node:child_process';

/** The message with which a child ends its task. */
type Reply = { readonly result: unknown } | { readonly error: string };

/**
 * Runs a task of `tasks.ts` in a process of its own, so that each figure starts with a fresh heap and a cold compiler,
 * like a fresh container. @throws Error with the child's own message.
 */
export function runTask<T>(task: string, options: unknown, nodeOptions: readonly string[] = []): Promise<T> {
  const child = fork(new URL('tasks.ts', import.meta.url), [task, JSON.stringify(options)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptions],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (reply: Reply) => {
      if ('error' in reply) reject(new Error(`Task ${task}: ${reply.error}`));
      else resolve(reply.result as T);
    });
    child.once('exit', (code) => reject(new Error(`Task ${task} ended with code ${code} and without a result.`)));
  });
}
