import { expect, it } from 'vitest';
import { median, percentile } from '../../../bench/measure.ts';
import { batchBodies, retailTraffic } from '../../../bench/traffic.ts';
import { MAX_BODY_BYTES } from '../../../functions/shared/segment-limits.ts';

const START = Date.parse('2026-11-22T10:00:00.000Z');
const traffic = (seed = 1) => [...retailTraffic({ start: START, events: 8_000, seed })];

it('gives the same bytes for the same options, and others for another seed', () => {
  const bytes = (seed: number) => Buffer.concat(batchBodies(traffic(seed), 100));
  expect(bytes(1).equals(bytes(1))).toBe(true);
  expect(bytes(1).equals(bytes(2))).toBe(false);
});

it('looks like real traffic: a kilobyte an event, four a visitor, 45 % of the visitors known', () => {
  const events = traffic();
  const bytes = batchBodies(events, 100).reduce((sum, body) => sum + body.byteLength, 0);
  expect(bytes / events.length).toBeGreaterThan(900);
  expect(bytes / events.length).toBeLessThan(1_300);
  const visitors = new Set(events.map((event) => event.anonymousId));
  expect(events.length / visitors.size).toBeCloseTo(4, 0);
  const known = new Set(events.filter((event) => event.userId !== undefined).map((event) => event.anonymousId));
  expect(known.size / visitors.size).toBeCloseTo(0.45, 1);
  expect(new Set(events.map((event) => event.messageId)).size).toBe(events.length);
});

it('cuts batches of the size asked for, the rest in the last, each within the limit of a body', () => {
  const bodies = batchBodies(traffic().slice(0, 250), 100);
  const sizes = bodies.map((body) => (JSON.parse(body.toString('utf8')) as { batch: unknown[] }).batch.length);
  expect(sizes).toEqual([100, 100, 50]);
  for (const body of bodies) expect(body.byteLength).toBeLessThanOrEqual(MAX_BODY_BYTES);
});

it('takes medians and percentiles by nearest rank, in any order', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5);
  expect(percentile([5, 1, 4, 2, 3], 0.2)).toBe(1);
  expect(median([])).toBeNaN();
});
