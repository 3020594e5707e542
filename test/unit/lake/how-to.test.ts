import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DELETION_STEPS_DAYS, TABLE_DELETION_DAYS } from '../../../functions/lake/landing.ts';
import { namedQueries } from '../../../functions/lake/named-queries.ts';
import { lakeViews } from '../../../functions/lake/views.ts';
import { SIZES, TOPOLOGY, topologyOf } from '../../../functions/shared/topology.ts';
import { query } from '../../support/lake-views.ts';

const page = readFileSync(new URL('../../../docs/how-to/query-on-athena.md', import.meta.url), 'utf8');
/** The cells of every row of every table. */
const rows = [...page.matchAll(/^\|(.*)\|$/gm)].map(([, cells = '']) => cells.split('|').map((cell) => cell.trim()));

describe('the page for analysts', () => {
  it.each(namedQueries(['vip']))('explains $name', ({ name, description, parameters }) => {
    const row = rows.find(([first]) => first === name);
    expect(row?.[1]).toBe(description);
    expect(row?.[2]).toBe(parameters.map((parameter) => `\`${parameter}\``).join(', '));
  });

  it('names every view', () => {
    for (const { name } of lakeViews('at_least_once')) expect(page).toContain(`\`${name}\``);
  });

  it('says how fresh the lake is, and what a query may scan, as the topology has it', () => {
    const minutes = SIZES.toReversed().map((size) => topologyOf(size).lake.buffer_seconds / 60);
    const row = rows.find(([first = '']) => first.startsWith('`events`, `identity_map`, `audit`'));
    expect(row?.slice(1)).toEqual(minutes.map((many) => `${many} minute${many === 1 ? '' : 's'}`));
    const { sql_scan_bytes, analyst_scan_bytes, upkeep_scan_bytes } = TOPOLOGY.limits;
    const gib = (bytes: number) => (bytes < 2 ** 40 ? `${bytes / 2 ** 30} GiB` : `${bytes / 2 ** 40} TiB`);
    for (const [name, bytes] of [
      ['api', sql_scan_bytes],
      ['analyst', analyst_scan_bytes],
      ['upkeep', upkeep_scan_bytes],
    ] as const) {
      expect(rows.find(([first]) => first === `\`oneriver-${name}\``)?.[2]).toBe(gib(bytes));
    }
  });

  it('adds up how long forgetting takes', () => {
    const start = page.indexOf('| step |');
    const steps = [...page.slice(start).matchAll(/\| (\d) \|$/gm)].slice(0, 4).map(([, days]) => Number(days));
    expect(steps).toEqual(Object.values(DELETION_STEPS_DAYS));
    const total = steps.reduce((sum, days) => sum + days, 0);
    expect(page).toContain(`**tables, in all** (promised: ${TABLE_DELETION_DAYS}) | **${total}** |`);
  });

  it('shows SQL that runs', async () => {
    const [, sql = ''] = /```sql\n([^`]+)```/.exec(page) ?? [];
    expect(await query({}, sql)).toEqual([]);
  });
});
