import type { Source } from '../../schemas/event.ts';
import type { DocStore } from '../shared/doc-store.ts';
import type { CallDeps } from './call.ts';
import { CursorStore } from './cursor.ts';
import { ConnectSettingsError } from './error.ts';
import { JosClient } from './jos.ts';
import type { KeepDeps } from './keep.ts';
import { pollJos } from './poll-jos.ts';
import { pollTmc } from './poll-tmc.ts';
import { appSettings, JD_API, type SecretsByName, TAOBAO_API } from './settings.ts';
import { TopClient } from './top.ts';

export interface PollDeps extends CallDeps, KeepDeps {
  readonly store: Pick<DocStore, 'get' | 'commit'>;
  /** Whether a platform may be on this machine, as in a test. */
  readonly loopback: boolean;
}

/**
 * Fetches what waits for one source, over HTTP.
 * @param deadline epoch ms; nothing new is begun after it
 * @returns how many messages or orders were kept
 * @throws ConnectSettingsError, PlatformError, and what the stream and the store throw
 */
export async function pollSource(
  source: Source,
  secrets: SecretsByName,
  { deadline, ...deps }: PollDeps & { readonly deadline: number },
): Promise<number> {
  const isJos = source.protocol === 'jos';
  const app = appSettings(source, secrets, { url: isJos ? JD_API : TAOBAO_API, loopback: deps.loopback });
  if (!/^https?:$/.test(app.url.protocol)) {
    throw new ConnectSettingsError(
      `The setting "url" of the source "${source.source_id}" is a WebSocket's; messages are fetched over https:// here.`,
    );
  }
  const polling = { ...deps, source, deadline };
  if (!isJos) return await pollTmc({ ...polling, client: new TopClient(app, deps) });
  const cursor = new CursorStore(deps.store, source.source_id);
  return await pollJos({ ...polling, cursor, client: new JosClient(app, deps) });
}
