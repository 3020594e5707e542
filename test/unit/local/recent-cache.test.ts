import { expect, it } from 'vitest';
import { RecentCache } from '../../../local/recent-cache.ts';

it('keeps what is used, drops what is not, and never exceeds its bound', () => {
  const cache = new RecentCache<number, string>(10);
  cache.set(-1, 'used');
  for (let i = 0; i < 100; i++) {
    cache.set(i, 'new');
    expect(cache.get(-1)).toBe('used');
  }
  const kept = Array.from({ length: 100 }, (_, i) => i).filter((i) => cache.get(i) !== undefined);
  expect(kept.length).toBeLessThanOrEqual(9);
  expect(kept).toContain(99);
});

it('forgets one entry in either generation, or all', () => {
  const cache = new RecentCache<string, number>(4);
  for (const key of ['a', 'b', 'c']) cache.set(key, 1);
  cache.delete('a');
  cache.delete('c');
  expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([undefined, 1, undefined]);
  cache.clear();
  expect(cache.get('b')).toBeUndefined();
});

it('a newer value hides an older one of the same key', () => {
  const cache = new RecentCache<string, number>(4);
  cache.set('a', 1);
  cache.set('b', 1);
  cache.set('c', 1);
  cache.set('a', 2);
  expect(cache.get('a')).toBe(2);
});
