import { Dice } from './dice.ts';

/** So many bytes that gzip makes nothing of. */
export function incompressible(bytes: number): Buffer {
  const dice = new Dice(bytes);
  return Buffer.from(Array.from({ length: bytes }, () => dice.below(256)));
}
