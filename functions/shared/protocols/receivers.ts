import type { Receiver } from './protocol.ts';
import { receiver as segment } from './segment/receive.ts';

/** Every protocol that requests come in by, one line for each; `decoders.ts` has the other half. */
export const RECEIVERS: readonly Receiver[] = [segment];
