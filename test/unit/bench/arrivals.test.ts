import { expect, test } from 'vitest';
import { Arrivals, EVENTS_PER_WINDOW, type Mix } from '../../../bench/arrivals.ts';

const MIXED: Mix = { fresh: 0.5, visitor: 0.2, signs_in: 0.05 };
const START = Date.UTC(2026, 9, 1);

const windows = (mix: Mix, count: number, seed = 1) => {
  const arrivals = new Arrivals(seed, 200);
  return Array.from({ length: count }, (_, at) => arrivals.window(50, mix, START + at * 1000));
};

test('a window has four events of each person on the site, in the order of their time, within its second', () => {
  for (const [at, events] of windows(MIXED, 6).entries()) {
    expect(events).toHaveLength(50 * EVENTS_PER_WINDOW);
    const times = events.map(({ timestamp }) => Date.parse(String(timestamp)));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect([times[0], (times.at(-1) ?? 0) < START + (at + 1) * 1000]).toEqual([START + at * 1000, true]);
    const browsers = Map.groupBy(events, ({ anonymousId }) => anonymousId);
    for (const own of browsers.values()) expect(own.length % EVENTS_PER_WINDOW).toBe(0);
  }
});

test('the same seed gives the same events, each with an id of its own', () => {
  expect(windows(MIXED, 3)).toEqual(windows(MIXED, 3));
  expect(windows(MIXED, 3)).not.toEqual(windows(MIXED, 3, 2));
  const ids = windows(MIXED, 6).flatMap((events) => events.map(({ messageId }) => messageId));
  expect(new Set(ids).size).toBe(ids.length);
});

test('who comes is as the mix says', () => {
  const newcomers = windows({ fresh: 1, visitor: 0, signs_in: 0 }, 9).flat();
  expect(newcomers.every(({ userId }) => userId === undefined)).toBe(true);
  // Sessions take three windows: of nine windows the first begins in the middle of them.
  expect(new Set(newcomers.map(({ anonymousId }) => anonymousId)).size).toBeGreaterThan(50 * 3);
  const members = windows({ fresh: 0, visitor: 0, signs_in: 0 }, 9).flat();
  expect(members.every(({ userId }) => userId !== undefined)).toBe(true);
  const signedIn = windows({ ...MIXED, signs_in: 0.5 }, 9).flat();
  expect(signedIn.some(({ type, traits }) => type === 'identify' && traits !== undefined)).toBe(true);
});
