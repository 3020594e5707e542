interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Turns of the real event loop that code may take to come to its next wait for the simulated world (gunzip takes some). */
const MAX_TURNS = 100_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/**
 * A clock that jumps from one thing that happens to the next. After each, everything that runs comes to rest before the next one
 * happens: so the order of all things is that of their times, whatever the machine does.
 */
export class VirtualTime {
  /** Milliseconds since the epoch, with a fraction: no two things need share an instant. */
  #now: number;
  readonly #entries: Entry[] = [];
  #order = 0;
  readonly #isAtWork: () => boolean;

  /** @param isAtWork whether some code neither waits for the simulated world nor has ended */
  constructor(start: number, isAtWork: () => boolean) {
    this.#now = start;
    this.#isAtWork = isAtWork;
  }

  /** Whole milliseconds since the epoch. */
  now(): number {
    return Math.floor(this.#now);
  }

  after(ms: number, run: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#order++, run });
  }

  at(time: number, run: () => void): void {
    this.after(time - this.#now, run);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets everything happen that is due until then; without a time, all there is. */
  async run(until: number = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#settle();
    for (let next = this.#entries[0]; next && next.at <= until; next = this.#entries[0]) {
      this.#pop();
      this.#now = next.at;
      next.run();
      await this.#settle();
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until);
  }

  async #settle(): Promise<void> {
    await turn();
    for (let turns = 0; this.#isAtWork(); turns += 1) {
      if (turns === MAX_TURNS) throw new Error('Code waits for something outside the simulation; it would not replay.');
      await turn();
    }
  }

  #push(entry: Entry): void {
    const heap = this.#entries;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#entries;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const [left, right] = [heap[child], heap[child + 1]];
      const least = left && right && isBefore(right, left) ? child + 1 : child;
      const lower = heap[least];
      if (!lower || !isBefore(lower, last)) break;
      heap[at] = lower;
      at = least;
    }
    heap[at] = last;
  }
}
