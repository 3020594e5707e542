import { expect, it } from 'vitest';
import { BoundedCache } from '../../../functions/shared/bounded-cache.ts';

function counted(limit: number) {
  const cache = new BoundedCache<string>(limit);
  const computed: string[] = [];
  const ask = (key: string): string =>
    cache.get(key, () => {
      computed.push(key);
      return `value of ${key}`;
    });
  return { ask, computed };
}

it('computes once what is asked for again', () => {
  const { ask, computed } = counted(10);
  for (const key of ['a', 'b', 'a', 'a', 'b']) expect(ask(key)).toBe(`value of ${key}`);
  expect(computed).toEqual(['a', 'b']);
});

it('keeps what is asked for now and then, whatever else comes, and forgets the rest', () => {
  const { ask, computed } = counted(10);
  for (let n = 0; n < 100; n += 1) {
    ask(`passing-${n}`);
    ask('often');
  }
  expect(computed.filter((key) => key === 'often')).toHaveLength(1);
  ask('passing-0');
  expect(computed.filter((key) => key === 'passing-0')).toHaveLength(2);
});

it('holds no more than its bound', () => {
  const { ask, computed } = counted(10);
  const keys = Array.from({ length: 1000 }, (_, n) => `k${n}`);
  for (const key of keys) ask(key);
  computed.length = 0;
  // Asked from the last to the first, so that asking does not itself push out what is looked for.
  for (const key of keys.slice(-10).reverse()) ask(key);
  expect(computed.length).toBeLessThan(10);
  for (const key of keys.slice(0, -10).reverse()) ask(key);
  expect(computed.length).toBeGreaterThanOrEqual(990);
});
