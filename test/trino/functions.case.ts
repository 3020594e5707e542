import { expect, it } from 'vitest';
import { differences, type Engines, onBoth } from './engines.ts';
import { DIFFERENT, FORMS, PROVEN } from './functions.ts';

/** One SQL: what is proven here is what views, named queries and documents may use. */
export function functionCases(engines: () => Engines): void {
  it(`gives the same answers for ${Object.keys(PROVEN).length} functions as DuckDB with its prelude`, async () => {
    expect(await differences(engines(), Object.values(PROVEN).flat())).toEqual([]);
  });

  it.each(Object.entries(FORMS))('means the same by %s', async (_, sql) => {
    const { trino, duckdb } = await onBoth(engines(), sql, { ordered: /\bORDER BY [^)]*$/.test(sql) });
    expect(duckdb).toEqual(trino);
  });

  it.each(Object.entries(DIFFERENT))('differs as documented: %s', async (_, sql) => {
    const { trino, duckdb } = await onBoth(engines(), sql);
    expect(duckdb.rows).not.toEqual(trino.rows);
  });

  it('would name the one expression of many that is not the same', async () => {
    const same = { source: 'rows', sql: 'i + 1' } as const;
    const other = { source: 'rows', sql: 'CAST(d + 0.75 AS varchar)' } as const;
    const unknown = { source: 'rows', sql: 'list_sum([i])' } as const;
    const found = await differences(engines(), [same, other, unknown]);
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(/^CAST\(d \+ 0\.75 AS varchar\): Trino /);
    expect(found[1]).toMatch(/^list_sum\(\[i\]\): /);
  });
}
