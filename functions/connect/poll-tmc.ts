import type { Source } from '../../schemas/event.ts';
import { OutOfTime } from './error.ts';
import { type KeepDeps, keep } from './keep.ts';
import type { TopClient } from './top.ts';

export interface TmcPolling extends KeepDeps {
  readonly source: Source;
  readonly client: Pick<TopClient, 'consume' | 'confirm'>;
  /** Real time, epoch ms. */
  now(): number;
  /** Epoch ms; nothing new is begun after it. */
  readonly deadline: number;
}

/**
 * Fetches what waits in a message channel, until it is empty or the time is up. A message is confirmed once it is durable and not before,
 * so each comes at least once; one that comes again is the same event by its id.
 * @returns how many messages were kept @throws PlatformError, and what the stream throws
 */
export async function pollTmc(polling: TmcPolling): Promise<number> {
  const { client, deadline } = polling;
  let kept = 0;
  try {
    while (polling.now() < deadline) {
      const messages = await client.consume(deadline);
      if (messages.length === 0) break;
      await keep('tmc', messages, polling);
      kept += messages.length;
      const ids = messages.map(({ id }) => id);
      await client.confirm(ids, deadline);
    }
  } catch (error) {
    // What was not confirmed comes again.
    if (!(error instanceof OutOfTime)) throw error;
  }
  return kept;
}
