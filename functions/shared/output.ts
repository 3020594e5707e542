import { DELIVERY, DeliveryError, type DeliveryOptions, type Send, tryDeliver } from './aws-batch.ts';
import type { Breaker } from './breaker.ts';
import type { Parcel, Spill } from './spill.ts';

/** How an output delivers, and what it does with entries that its service does not take. */
export interface OutputOptions {
  readonly delivery?: DeliveryOptions;
  /** For what may be late. Without it, entries that are not taken fail the batch. */
  readonly spill?: { readonly to: Spill; readonly breaker: Breaker };
}

/** Parts of one output's work, and how an entry is written into a spilled object. */
export interface Consignment<T> {
  readonly kind: Parcel['kind'];
  readonly target: string;
  readonly parts: readonly (readonly T[])[];
  readonly linesOf: (item: T) => readonly string[];
}

/**
 * Delivers parts in order, each with all its attempts; what is left is spilled, where the output may be late. While its target
 * is known to be down, everything is spilled at once: a service that hangs would use up the function's time.
 * @throws DeliveryError when something is left and there is no spill; what the spill throws. Then nothing may be acknowledged.
 */
export async function deliverOrSpill<T>(
  { kind, target, parts, linesOf }: Consignment<T>,
  send: Send<T>,
  { delivery = DELIVERY, spill }: OutputOptions,
): Promise<void> {
  const lines: string[] = [];
  let why = '';
  for (const part of parts) {
    const { left, code } = spill?.breaker.isOpen(target)
      ? { left: part, code: 'breaker open' }
      : await tryDeliver(part, send, delivery);
    if (code !== 'breaker open') spill?.breaker.note(target, left.length > 0 ? 'failed' : 'succeeded');
    if (left.length === 0) continue;
    if (!spill) throw new DeliveryError(`${kind} ${target}`, left.length, code);
    why = code;
    for (const item of left) lines.push(...linesOf(item));
  }
  if (lines.length > 0) await spill?.to.put({ kind, target, why, lines });
}
