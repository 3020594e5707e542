import { describe, expect, it } from 'vitest';
import { namedQueries } from '../../functions/lake/named-queries.ts';
import { loadDefinitions } from '../../functions/shared/definitions.ts';
import { onBoth } from './engines.ts';
import { analystQueries } from './statements.ts';
import type { World } from './world.ts';

export function queryCases(world: () => World): void {
  /** A value for a parameter, from the lake itself. */
  const example = async (parameter: string): Promise<string> => {
    const sql = `SELECT ${parameter} FROM events_resolved WHERE owner LIKE 'user_id:%' GROUP BY ${parameter} ORDER BY count(*) DESC, ${parameter} LIMIT 1`;
    return String((await world().duckdb(sql)).rows[0]?.[0]);
  };

  describe('named queries', () => {
    const tags = loadDefinitions().tags.map(({ id }) => id);
    it.each(namedQueries(tags))('answers "$name" in the same order', async ({ sql, parameters }) => {
      const values = await Promise.all(parameters.map(example));
      const { trino, duckdb } = await onBoth(world(), sql, { parameters: values, ordered: true });
      expect(duckdb).toEqual(trino);
      expect(trino.rows.length).toBeGreaterThan(0);
    });
  });

  describe('in the documents and on the page', () => {
    it.each(analystQueries())('answers $where: $sql', async ({ sql }) => {
      // Rows with the same place in the order may come in any; without the limit all of them do.
      const { trino, duckdb } = await onBoth(world(), sql.replace(/\s+LIMIT \d+\s*$/, ''));
      expect(duckdb).toEqual(trino);
    });
  });

  it('answers what the API asks, with its parameters', async () => {
    const { asked } = world();
    expect(new Set(asked.map(({ sql }) => sql)).size).toBeGreaterThanOrEqual(12);
    for (const { sql, parameters } of asked) {
      const { trino, duckdb } = await onBoth(world(), sql, { parameters, ordered: true });
      expect({ sql, ...duckdb }).toEqual({ sql, ...trino });
    }
  });
}
