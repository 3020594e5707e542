/** A seeded source of randomness: the same seed gives the same month on every machine. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer, both ends included. */
  int(min: number, max: number): number;
  /** True with the given probability, 0..1. */
  chance(probability: number): boolean;
  /** One of the list. @throws RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T;
  /** `length` characters of `alphabet`. */
  text(length: number, alphabet: string): string;
  /** Looks like a version 4 UUID. */
  uuid(): string;
}

const HEX = '0123456789abcdef';

/** The mulberry32 generator: 32 bits of state, which is plenty for sample traffic. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** FNV-1a, so that a label moves the seed. */
const hash = (label: string): number => {
  let value = 0x811c9dc5;
  for (let index = 0; index < label.length; index += 1) {
    value = Math.imul(value ^ label.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
};

/**
 * Randomness for one purpose. Each shopper, and each kind of dirt, draws from its own label, so that adding one does
 * not change what the others do.
 */
export const randomOf = (seed: number, label: string): Random => {
  const next = mulberry32(seed ^ hash(label));
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const pick = <T>(list: readonly T[]): T => {
    const index = int(0, list.length - 1);
    if (!(index in list)) throw new RangeError('pick() needs a list with at least one element');
    return list[index] as T; // in range: checked on the line above
  };
  const text = (length: number, alphabet: string): string => {
    let out = '';
    for (let index = 0; index < length; index += 1) out += alphabet[int(0, alphabet.length - 1)];
    return out;
  };
  const uuid = (): string =>
    `${text(8, HEX)}-${text(4, HEX)}-4${text(3, HEX)}-${text(1, '89ab')}${text(3, HEX)}-${text(12, HEX)}`;
  return { next, int, chance: (probability) => next() < probability, pick, text, uuid };
};
