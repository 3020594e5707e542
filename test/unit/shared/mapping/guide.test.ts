import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionsOf, type MappingContext } from '../../../../functions/shared/mapping/functions.ts';
import { compileMapping, MAX_MAPPED_EVENTS } from '../../../../functions/shared/mapping/mapping.ts';
import { MAX_PREVIEW_EVENTS } from '../../../../functions/shared/mapping/preview.ts';
import { MAX_EXPRESSION_CHARS, type MappingDefinition } from '../../../../schemas/mapping.ts';
import { ARRIVAL, SERVER } from '../../../support/ingest.ts';
import { blocksOf } from '../../../support/markdown.ts';
import { ROOT } from '../../../support/source-tree.ts';

const { source_id, channel, default_region, time_zone } = SERVER;
const CONTEXT: MappingContext = { source_id, channel, default_region, time_zone, received_at: ARRIVAL };
const DEFINITION: MappingDefinition = {
  mapping: 'none',
  version: 1,
  title: { en: 'None', zh: '无' },
  owner: 'tests',
  purpose: 'Tests.',
  expression: '$',
};

describe('the guide', () => {
  const guide = readFileSync(join(ROOT, 'docs/how-to/map-fields.md'), 'utf8');

  it('names every sample and every function', () => {
    const names = readdirSync(join(ROOT, 'schemas/mappings')).filter((file) => file.endsWith('.json'));
    for (const name of names.map((file) => file.replace('.json', ''))) expect(guide).toContain(`| \`${name}\` |`);
    const functions = Object.keys(functionsOf(DEFINITION, () => CONTEXT));
    expect(functions.filter((name) => !guide.includes(`$${name}`))).toEqual([]);
  });

  it('shows a mapping that does what it says', async () => {
    const [block = ''] = blocksOf(guide, 'json');
    const mapping = await compileMapping({ ...JSON.parse(block), version: 1 });
    const properties = {
      no: 7,
      posted: '20.11.2026 18:30',
      cents: 1990,
      customer: { no: 'm' },
      lines: [{ sku: 'a', qty: 1 }],
    };
    expect(await mapping.map({ type: 'track', event: 'Heartbeat' }, CONTEXT)).toEqual([]);
    expect(await mapping.map({ type: 'track', event: 'SO.Posted', properties }, CONTEXT)).toEqual([
      {
        type: 'track',
        event: 'Order Completed',
        userId: 'm',
        timestamp: '2026-11-20T17:30:00.000Z',
        properties: { order_id: 'ERP-7', total: 19.9, currency: 'EUR', products: [{ product_id: 'a', quantity: 1 }] },
      },
    ]);
  });

  it('states the limits that hold', () => {
    for (const limit of [MAX_EXPRESSION_CHARS, MAX_PREVIEW_EVENTS, MAX_MAPPED_EVENTS]) {
      expect(guide).toContain(`| ${limit.toLocaleString('en')}`);
    }
  });
});
