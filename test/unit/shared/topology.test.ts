import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retrySeconds } from '../../../functions/shared/sqs-batch.ts';
import { DEFAULT_SIZE, SIZES, TOPOLOGY, topologyOf } from '../../../functions/shared/topology.ts';

/** Seconds from an event to its campaign that the windows of both stages may take up, of the five that are promised. */
const MOST_WAITING_SECONDS = 3;

describe.each(SIZES)('the topology of size %s', (size) => {
  const { streams, consumers, raw_queue } = topologyOf(size);

  it('keeps a record for longer than any consumer tries it', () => {
    const { from, max_age_hours } = consumers.stitch;
    expect(max_age_hours).toBeLessThan(streams[from].retention_hours);
  });

  it('tries a message for most of a day, and keeps it for longer than it is tried', () => {
    const { retention_days, visibility_seconds, timeout_seconds, max_receives, large_retention_days } = raw_queue;
    const waits = Array.from({ length: max_receives }, (_, n) => retrySeconds(n + 1, () => 0.5));
    const tried = waits.reduce((sum, seconds) => sum + seconds);
    expect(tried).toBeGreaterThan(20 * 3_600);
    expect(tried).toBeLessThan((retention_days / 2) * 86_400);
    // One that ends its function comes after the longest wait each time.
    expect(Math.max(...waits, 900) * max_receives).toBeLessThan((retention_days / 2) * 86_400);
    expect(large_retention_days).toBeGreaterThan(retention_days);
    // What Lambda asks for, and what keeps a message from coming again while its function still runs.
    expect(visibility_seconds).toBeGreaterThanOrEqual(6 * timeout_seconds);
    expect(consumers.clean.concurrency).toBeGreaterThanOrEqual(2);
  });

  it('pays for days beyond the first only where shards are not paid one by one', () => {
    for (const { mode, retention_hours, shards } of Object.values(streams)) {
      expect(mode === 'provisioned').toBe(shards !== undefined);
      if (mode === 'provisioned') expect(retention_hours).toBe(24);
    }
  });

  it('waits for batches no longer than campaigns can', () => {
    const waits = Object.values(consumers).map(({ window_seconds }) => window_seconds);
    expect(waits.reduce((sum, seconds) => sum + seconds)).toBeLessThanOrEqual(MOST_WAITING_SECONDS);
  });
});

describe('the sizes', () => {
  it('grow: a larger one has no less of anything than a smaller one', () => {
    const [small, medium, large] = SIZES.map((size) => topologyOf(size).limits);
    for (const key of ['collect_requests_per_second', 'serve_requests_per_second', 'collect_burst'] as const) {
      expect(small?.[key]).toBeLessThan(medium?.[key] ?? 0);
      expect(medium?.[key]).toBeLessThan(large?.[key] ?? 0);
    }
  });

  it('have small for the default', () => {
    expect(DEFAULT_SIZE).toBe('small');
    expect(TOPOLOGY).toEqual(topologyOf('small'));
  });

  it('differ in nothing that a function reads from the topology itself', () => {
    const root = new URL('../../../functions', import.meta.url).pathname;
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
    const differing = /TOPOLOGY\.(streams|consumers|clean_grouping|memory_mib|lake\.buffer|limits\.(collect|serve)_)/;
    const reading = files.filter((path) => differing.test(readFileSync(join(root, path), 'utf8')));
    expect(reading).toEqual([]);
  });
});
