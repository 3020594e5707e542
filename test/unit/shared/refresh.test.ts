import { expect, it } from 'vitest';
import { refreshed } from '../../../functions/shared/refresh.ts';

/** Something that changes at each load, and a clock that is moved by hand. */
function counted() {
  let now = 0;
  let loads = 0;
  let failing = false;
  const load = async (): Promise<number> => {
    loads += 1;
    if (failing) throw new Error('no answer');
    return loads;
  };
  const get = refreshed(load, { clock: { now: () => now }, seconds: 10 });
  return { get, move: (ms: number) => (now += ms), fail: (is: boolean) => (failing = is) };
}

it('is loaded once, and again when it is too old', async () => {
  const { get, move } = counted();
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  move(9_999);
  expect(await get()).toBe(1);
  move(1);
  expect(await get()).toBe(2);
});

it('is not replaced by what was known before when loading fails, and is tried again at once', async () => {
  const { get, move, fail } = counted();
  await get();
  move(10_000);
  fail(true);
  await expect(get()).rejects.toThrow('no answer');
  fail(false);
  expect(await get()).toBe(3);
});
