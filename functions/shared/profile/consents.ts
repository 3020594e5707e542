import { own } from '../own.ts';
import type { Aggregate } from './aggregate.ts';
import { type Cell, newer } from './cells.ts';

/**
 * The consent that holds for a purpose: the latest word that can be believed. A refusal is believed of anybody, since heeding
 * one too many costs a message and heeding one too few breaks a promise; but a page that anyone can write to cannot turn into a
 * consent what was refused to the company's own systems. Of a purpose whose claim may have found no room, a refusal is assumed.
 */
export function consentTo(aggregate: Aggregate, purpose: string): Cell<boolean> | undefined {
  const known = own(aggregate.consents, purpose);
  const { lost_claim: lost } = aggregate;
  const claimed = own(aggregate.claims, purpose) ?? (lost && { ...lost, v: false });
  if (known === undefined || claimed === undefined) return known ?? claimed;
  const isLater = newer(known, claimed) === claimed;
  return isLater && !(claimed.v && !known.v) ? claimed : known;
}

/** The consent that holds, by purpose. */
export function consentsOf(aggregate: Aggregate): Record<string, Cell<boolean>> {
  const purposes = new Set([...Object.keys(aggregate.consents), ...Object.keys(aggregate.claims)]);
  const entries = Array.from(purposes, (purpose) => [purpose, consentTo(aggregate, purpose)] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, Cell<boolean>] => entry[1] !== undefined),
  );
}
