/** What one part of a redrive found and did. */
export interface Tally {
  /** Objects or messages. */
  found: number;
  /** Records or calls in them, and how many of these were fed in again. */
  records: number;
  fed: number;
  /** Objects or messages that are there besides: from another time than what is asked for. */
  skipped: number;
  /** Objects or messages by where they come from and why they failed. */
  readonly by: Record<string, number>;
  /** Objects or messages that cannot be fed, by why. */
  readonly left: Record<string, number>;
  /** When the oldest failed, ISO 8601. */
  oldest: string | undefined;
  note(what: string, at: string | undefined): void;
  leave(why: string): void;
}

export const tally = (): Tally => ({
  found: 0,
  records: 0,
  fed: 0,
  skipped: 0,
  by: {},
  left: {},
  oldest: undefined,
  note(what, at) {
    this.by[what] = (this.by[what] ?? 0) + 1;
    if (at !== undefined && (this.oldest === undefined || at < this.oldest)) this.oldest = at;
  },
  leave(why) {
    this.left[why] = (this.left[why] ?? 0) + 1;
  },
});

/** Whether what is from then is asked for; what is not, is counted. Epoch ms. */
export function isWithin(
  at: number,
  { since, until, report }: { since: number; until: number; report: Tally },
): boolean {
  const asked = at >= since && at <= until;
  if (!asked) report.skipped += 1;
  return asked;
}
