import { createHash } from 'node:crypto';

/** Everything that happened, in order: as a hash, and as lines for whoever asks. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #print: ((line: string) => void) | undefined;
  readonly #start: number;
  #lines = 0;

  constructor(start: number, print: ((line: string) => void) | undefined) {
    this.#start = start;
    this.#print = print;
  }

  /** @param at epoch ms */
  note(at: number, who: string, what: string): void {
    const line = `${((at - this.#start) / 1000).toFixed(3).padStart(11)} ${who.padEnd(12)} ${what}`;
    this.#lines += 1;
    this.#hash.update(line);
    this.#print?.(line);
  }

  get lines(): number {
    return this.#lines;
  }

  /** The same seed must give the same. */
  digest(): string {
    return this.#hash.copy().digest('hex').slice(0, 16);
  }
}
