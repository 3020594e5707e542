import { REASONS } from '../../schemas/reasons.ts';
import { own } from './own.ts';
import { fieldPattern, shapeOf } from './quarantine-groups.ts';

/** What cleaning says of one raw record: nothing is wrong with it, or this is. */
export type Attempt = readonly { readonly reason: string; readonly field: string; readonly detail: string }[];

/** What would become of entries that were fed in again now. Only cleaning is tried: what stitch finds, a replay shows. */
export interface TriedReport {
  readonly passes: number;
  readonly fails: readonly {
    readonly reason: string;
    /** From the reasons registry. */
    readonly title: string;
    readonly field: string;
    /** The detail without values. */
    readonly shape: string;
    readonly entries: number;
  }[];
  /** Entries beyond the bound. */
  readonly untried: number;
}

/** Entries that one dry run cleans: some seconds. */
const MAX_TRIED = 10_000;
/** Different causes that are told apart. */
const MAX_CAUSES = 50;

/** Tries records without storing anything, and counts what is still wrong by its cause. */
export class Attempts {
  readonly #attempt: (record: Uint8Array) => Attempt;
  readonly #fails = new Map<string, { reason: string; field: string; shape: string; entries: number }>();
  #passes = 0;
  #tried = 0;
  #untried = 0;

  constructor(attempt: (record: Uint8Array) => Attempt) {
    this.#attempt = attempt;
  }

  take(record: Uint8Array): void {
    if (this.#tried >= MAX_TRIED) {
      this.#untried += 1;
      return;
    }
    this.#tried += 1;
    const [first] = this.#attempt(record);
    if (first === undefined) {
      this.#passes += 1;
      return;
    }
    const { reason, field, detail } = first;
    const cause = { reason, field: fieldPattern(field), shape: shapeOf(detail) };
    const key = JSON.stringify(cause);
    const known = this.#fails.get(this.#fails.size < MAX_CAUSES || this.#fails.has(key) ? key : OTHERS);
    if (known) known.entries += 1;
    else if (this.#fails.size < MAX_CAUSES) this.#fails.set(key, { ...cause, entries: 1 });
    else this.#fails.set(OTHERS, { reason: '', field: '', shape: '…', entries: 1 });
  }

  report(): TriedReport {
    const fails = [...this.#fails.values()].sort((a, b) => b.entries - a.entries);
    const titled = fails.map((fail) => ({ ...fail, title: own<{ title: string }>(REASONS, fail.reason)?.title ?? '' }));
    return { passes: this.#passes, fails: titled, untried: this.#untried };
  }
}

/** Key of the causes beyond the bound. */
const OTHERS = '';
