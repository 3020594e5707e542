import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZE, SIZES, TOPOLOGY, topologyOf } from '../../../functions/shared/topology.ts';

/** Seconds from an event to its campaign that the windows of both stages may take up, of the five that are promised. */
const MOST_WAITING_SECONDS = 2;

describe.each(SIZES)('the topology of size %s', (size) => {
  const { streams, consumers, limits } = topologyOf(size);
  const physical = (name: keyof typeof streams) => streams[streams[name].shares ?? name];

  it('keeps a record for longer than any consumer tries it', () => {
    for (const { from, max_age_hours } of Object.values(consumers)) {
      expect(max_age_hours).toBeLessThan(physical(from).retention_hours);
    }
  });

  it('lets the clean stream share the raw one whole, or not at all', () => {
    const { shares, ...clean } = streams.clean;
    if (shares) expect(clean).toEqual(streams[shares]);
    expect(streams.raw.shares).toBeUndefined();
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

  it('lets no more requests in than its stream takes', () => {
    if (streams.raw.shards === undefined) return;
    // A request is a record at most; a thousand records go into a shard in a second.
    expect(limits.collect_requests_per_second).toBeLessThan(streams.raw.shards * 1_000);
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
