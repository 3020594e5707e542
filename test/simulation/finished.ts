import type { Ledger } from './client.ts';
import type { Cloud } from './cloud.ts';
import type { Owed } from './scene.ts';
import type { World } from './world.ts';

/** A simulation that has drained: what is there, and what senders were told. */
export interface Finished {
  readonly world: World;
  readonly cloud: Cloud;
  readonly ledger: Ledger;
  readonly owed: readonly Owed[];
  /** What the functions wrote to their logs. */
  readonly log: readonly string[];
}
