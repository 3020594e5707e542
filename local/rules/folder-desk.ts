import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { App } from '../app.ts';
import type { RulesState } from './desk.ts';
import type { Desk } from './desks.ts';

const POLL_MS = 200;

/** The rules of a data folder, through the server that has it open, if there is one. */
export const folderDesk = async (dir: string): Promise<Desk> => (await runningServer(dir)) ?? (await openFolder(dir));

/** The answer of a running server. @throws Error with what it says is wrong */
async function ask<T>(url: string, path: string, body?: object): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, init);
  const answer = (await response.json()) as T & { message?: string };
  if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`);
  return answer;
}

/** The server that has the folder open; undefined when none answers. */
async function runningServer(dir: string): Promise<Desk | undefined> {
  const path = join(dir, 'dev.json');
  if (!existsSync(path)) return undefined;
  const { url, publicKey } = JSON.parse(readFileSync(path, 'utf8')) as { url: string; publicKey: string };
  // Another folder's server may have the port by now.
  const stats = await ask<{ public_key: string }>(url, '/api/stats').catch(() => undefined);
  if (stats?.public_key !== publicKey) return undefined;
  const state = (): Promise<RulesState> => ask(url, '/api/rules');
  const done = async (): Promise<RulesState> => {
    for (;;) {
      const now = await state();
      if (now.failure !== null || now.sweep === null || now.sweep.phase === 'done') return now;
      await delay(POLL_MS);
    }
  };
  return {
    state,
    diff: (rules) => ask(url, '/api/rules/diff', { rules }),
    apply: (rules, why) => ask(url, '/api/rules/apply', { rules, why }),
    done,
    close: async () => undefined,
  };
}

async function openFolder(dir: string): Promise<Desk> {
  if (!existsSync(join(dir, 'state.db'))) throw new Error(`There is no data folder at ${dir}; name it with --data.`);
  const app = await App.open({ dir, realNow: Date.now });
  return {
    state: () => app.rules.state(),
    diff: (rules) => app.rules.diff(rules),
    apply: (rules, why) => app.rules.apply(rules, { by: 'local operator', why }),
    done: async () => {
      app.rules.resume();
      await app.rules.idle();
      await app.pipeline.materialise();
      return app.rules.state();
    },
    close: () => app.close(),
  };
}
