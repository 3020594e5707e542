import { expect, test } from 'vitest';
import { measureRecords, peopleFor, queueBatches } from '../../../bench/stream-records.ts';
import { randomOf } from '../../../local/seed/random.ts';

const random = () => randomOf(1, 'queue');

test('one reader takes what comes within its window, and waits while its function is busy', () => {
  const one = { lanes: 1, window_seconds: 1, batch_size: 200 };
  expect(queueBatches([0, 999, 1_000, 1_050, 2_099, 2_100, 9_000], one, random())).toEqual([
    [0, 1],
    [2, 3, 4],
    [5],
    [6],
  ]);
});

test('a full batch does not wait for the end of its window', () => {
  const full = { lanes: 1, window_seconds: 10, batch_size: 2 };
  expect(queueBatches([0, 1, 2, 3, 4], full, random())).toEqual([[0, 1], [2, 3], [4]]);
});

test('readers share what comes: more of them make smaller batches, and each message is in one', () => {
  const arrivals = Array.from({ length: 500 }, (_, n) => n * 20);
  const of = (lanes: number) => queueBatches(arrivals, { lanes, window_seconds: 1, batch_size: 200 }, random());
  for (const lanes of [1, 2, 5])
    expect(
      of(lanes)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(arrivals.map((_, n) => n));
  expect(of(5).length).toBeGreaterThan(of(2).length * 2);
});

test('counts a message for each request, and records of the stream for each batch', () => {
  const run = measureRecords({ size: 'small', people: peopleFor(40), seconds: 5, events_per_request: 20 });
  expect({ events: run.events, messages: run.messages }).toEqual({ events: 200, messages: 10 });
  expect(run.batches).toBeLessThanOrEqual(10);
  expect(run.stream_records).toBeGreaterThanOrEqual(run.batches);
  expect(run.stream_records).toBeLessThanOrEqual(4 * run.batches);
});
