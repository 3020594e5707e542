import type { Finding } from '../../../schemas/reasons.ts';

/**
 * What a decoder puts in the place of one item that cannot become an event, while its neighbours go on. A class, because no client
 * can send one. It goes to quarantine with the item as it came, to be fed in again through the same decoder.
 */
export class RefusedItem {
  readonly finding: Finding;
  readonly original: unknown;

  constructor(finding: Finding, original: unknown) {
    this.finding = finding;
    this.original = original;
  }
}
