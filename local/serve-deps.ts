import type { CleanDeps } from '../functions/clean/draft.ts';
import type { ServeDeps } from '../functions/serve/deps.ts';
import { lastEvents } from './last-events.ts';
import { callerOf, newId } from './operator.ts';
import type { SqliteRawStream } from './raw-stream.ts';

/** Country of phone numbers that are asked for without one. */
const DEFAULT_REGION = 'CN';

type Given = Omit<ServeDeps, 'defaultRegion' | 'newId' | 'callerOf' | 'collectUrl' | 'lastEvents' | 'raw'>;

/** What the API needs of the embedded deployment. */
export const serveDeps = ({
  raw,
  cleaning,
  publicUrl = '',
  ...given
}: Given & {
  readonly raw: SqliteRawStream;
  readonly cleaning: CleanDeps;
  readonly publicUrl: string | undefined;
}): ServeDeps => ({
  ...given,
  raw,
  newId,
  callerOf,
  defaultRegion: DEFAULT_REGION,
  collectUrl: publicUrl,
  lastEvents: lastEvents(raw, cleaning),
});
