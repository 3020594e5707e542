/** Seeded randomness for generators whose output is known byte by byte: the order of draws is part of it. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Uniform in [0, 1): the mulberry32 generator. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** Uniform integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.roll() * n);
  }

  chance(probability: number): boolean {
    return this.roll() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** As it was given, in an order of this die. */
  shuffled<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let last = out.length - 1; last > 0; last -= 1) {
      const at = this.below(last + 1);
      const [x, y] = [out[at], out[last]];
      if (x !== undefined && y !== undefined) [out[at], out[last]] = [y, x];
    }
    return out;
  }

  uuid(): string {
    const hex = (length: number): string =>
      Array.from({ length }, () => '0123456789abcdef'.charAt(this.below(16))).join('');
    return `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  }
}
