import { describe, expect, it } from 'vitest';
import { cleanMapped, MAX_MAPPING_MS } from '../../../functions/clean/mapped.ts';
import { compileMapping } from '../../../functions/shared/mapping/mapping.ts';
import type { Source } from '../../../schemas/event.ts';
import { CLEAN_DEPS, rawRecord, SERVER } from '../../support/ingest.ts';

const ERP: Source = { ...SERVER, source_id: 'erp', mapping: 'erp-orders' };

const mapping = await compileMapping({
  mapping: 'erp-orders',
  version: 4,
  title: { en: 'ERP', zh: 'ERP' },
  owner: 'tests',
  purpose: 'Tests.',
  expression: 'event = "Noise" ? () : $merge([$, {"event": "Order " & properties.state}])',
});

const order = (n: number, event = 'SO') => ({
  type: 'track',
  event,
  messageId: `m${n}`,
  userId: 'u1',
  timestamp: '2026-11-22T02:00:00.000Z',
  properties: { state: `s${n}` },
});

const record = (...batch: object[]) => rawRecord('batch', { batch }, ERP);
const deps = { ...CLEAN_DEPS, mappingOf: async () => mapping };

describe('a record of a source with a mapping', () => {
  it('has its events mapped, those dropped counted, and the version in each', async () => {
    const { events, dropped, quarantined } = await cleanMapped(record(order(1), order(2, 'Noise'), order(3)), deps);
    expect(events.map(({ name, mapping_version }) => [name, mapping_version])).toEqual([
      ['Order s1', 4],
      ['Order s3', 4],
    ]);
    expect([dropped, quarantined]).toEqual([1, []]);
  });

  it('keeps an event the same one whatever its mapping makes of it', async () => {
    const plain = { ...deps, mappingOf: async () => ({ ...mapping, map: async (event: object) => [{ ...event }] }) };
    const [mapped, other] = [await cleanMapped(record(order(1)), deps), await cleanMapped(record(order(1)), plain)];
    expect(mapped.events[0]?.name).not.toBe(other.events[0]?.name);
    expect(mapped.events[0]?.body_hash).toBe(other.events[0]?.body_hash);
    expect(mapped.events[0]?.event_id).toBe(other.events[0]?.event_id);
  });

  it('quarantines what a missing mapping would have mapped, as it was sent', async () => {
    const { events, quarantined } = await cleanMapped(record(order(1)), { ...deps, mappingOf: async () => undefined });
    expect(events).toEqual([]);
    expect(quarantined).toMatchObject([{ reason: 'mapping_failed', route: 'track', event_id: 'm1' }]);
    expect(JSON.parse(quarantined[0]?.original ?? '')).toMatchObject({ event: 'SO' });
  });

  it('stops mapping where it takes too long, and loses nothing', async () => {
    let now = 0;
    const elapsedMs = () => {
      now += MAX_MAPPING_MS / 4;
      return now;
    };
    const events = Array.from({ length: 10 }, (_, n) => order(n));
    const result = await cleanMapped(record(...events), { ...deps, elapsedMs });
    expect(result.events.length).toBeGreaterThan(1);
    expect(result.events.length + result.quarantined.length).toBe(10);
    expect(new Set(result.quarantined.map(({ reason }) => reason))).toEqual(new Set(['mapping_failed']));
    expect(result.quarantined[0]?.detail).toContain('replay');
  });
});
