const WORDS = 624;
const MIDDLE = 397;

/**
 * The numbers of Python's `random` module for an integer seed (MT19937, Matsumoto and Nishimura 1998, seeded by array), so that
 * a published generator written in Python gives the same graph here.
 */
export class PythonRandom {
  readonly #state = new Uint32Array(WORDS);
  #next = WORDS;

  /** `seed`: 0 to 2^32 − 1. */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = 19_650_218;
    for (let i = 1; i < WORDS; i += 1) state[i] = this.#mixed(i, 1_812_433_253) + i;
    let at = 1;
    const step = (n: number, of: () => number): void => {
      for (let left = n; left > 0; left -= 1) {
        state[at] = of();
        at += 1;
        if (at < WORDS) continue;
        state[0] = state[WORDS - 1] ?? 0;
        at = 1;
      }
    };
    step(WORDS, () => ((state[at] ?? 0) ^ this.#mixed(at, 1_664_525)) + seed);
    step(WORDS - 1, () => ((state[at] ?? 0) ^ this.#mixed(at, 1_566_083_941)) - at);
    state[0] = 0x80000000;
  }

  #mixed(at: number, factor: number): number {
    const before = this.#state[at - 1] ?? 0;
    return Math.imul(before ^ (before >>> 30), factor) >>> 0;
  }

  #word(): number {
    if (this.#next >= WORDS) this.#twist();
    let word = this.#state[this.#next] ?? 0;
    this.#next += 1;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < WORDS; i += 1) {
      const word = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % WORDS] ?? 0) & 0x7fffffff);
      const odd = (word & 1) === 0 ? 0 : 0x9908b0df;
      state[i] = (state[(i + MIDDLE) % WORDS] ?? 0) ^ (word >>> 1) ^ odd;
    }
    this.#next = 0;
  }

  /** `random.random()`: [0, 1). */
  random(): number {
    const [high, low] = [this.#word() >>> 5, this.#word() >>> 6];
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** `random.randrange(n)`, 0 < n < 2^31. */
  below(n: number): number {
    const shift = Math.clz32(n);
    for (;;) {
      const drawn = this.#word() >>> shift;
      if (drawn < n) return drawn;
    }
  }

  /** `random.choice(list)`. @throws RangeError for an empty list */
  choice<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('choice() needs a list with at least one element.');
    return list[this.below(list.length)] as T; // in range: `below` says so
  }

  /** `random.sample(list, 2)` of a short list. */
  two<T>(list: readonly T[]): [T, T] {
    const pool = [...list];
    const at = this.below(pool.length);
    const first = pool[at] as T; // in range, as above
    pool[at] = pool[pool.length - 1] as T;
    return [first, pool[this.below(pool.length - 1)] as T];
  }
}
