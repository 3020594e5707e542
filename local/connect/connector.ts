import type { Journal } from './journal.ts';

/** What fetches for one source, as long as the source is as it is. */
export interface Connector {
  readonly journal: Journal;
  /** Does what is due, in the background; called each second or so. */
  poke(): void;
  /** Ends what is under way; nothing is kept after it. */
  stop(): Promise<void>;
}
