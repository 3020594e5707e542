import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../functions/shared/json.ts';
import { App } from './app.ts';
import { FolderInUse } from './lock.ts';
import { MatchError } from './match-input.ts';

/** What `npm run match` does with the persons of a data folder. */
export type LakeAction = 'train' | 'link';

const MINUTES_PER_REQUEST = 60;

/**
 * Trains on the persons of a data folder, or links them: over the server that has it open, else on the folder itself.
 * @returns the report
 * @throws MatchError when neither is possible
 */
export async function runOnLake(action: LakeAction, dir: string): Promise<unknown> {
  if (!existsSync(join(dir, 'state.db')))
    throw new MatchError(`There is no data in ${dir}; start the platform on it once, or name another with --data.`);
  try {
    const app = await App.open({ dir, realNow: Date.now });
    try {
      return await app.matching[action]();
    } finally {
      await app.close();
    }
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error;
    return await askServer(action, dir);
  }
}

async function askServer(action: LakeAction, dir: string): Promise<unknown> {
  const path = join(dir, 'dev.json');
  const facts: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  if (!isObject(facts) || typeof facts.url !== 'string')
    throw new MatchError(`Another process has ${dir} open, and is not ready yet; try again when it is.`);
  const answer = await fetch(`${facts.url}/api/matches/${action}`, {
    method: 'POST',
    signal: AbortSignal.timeout(MINUTES_PER_REQUEST * 60_000),
  });
  const body: unknown = await answer.json();
  if (answer.ok) return body;
  const message = isObject(body) ? String(body.message) : answer.statusText;
  throw new MatchError(`The server at ${facts.url} answered ${answer.status}: ${message}`);
}
