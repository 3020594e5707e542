import { decode as jitsu } from './jitsu/decode.ts';
import { decode as posthog } from './posthog/decode.ts';
import type { Decode } from './protocol.ts';
import { decode as segment } from './segment/decode.ts';

/** What turns payloads into events, by protocol. One line for each; `receivers.ts` has the other half. */
export const DECODERS: Readonly<Record<string, Decode>> = {
  jitsu,
  posthog,
  segment,
};

/** The decoder of a protocol that a raw record names. */
export const decoderOf = (protocol: string): Decode | undefined =>
  Object.hasOwn(DECODERS, protocol) ? DECODERS[protocol] : undefined;
