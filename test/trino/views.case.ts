import { expect, it } from 'vitest';
import { rowsView } from '../../functions/lake/history.ts';
import { lakeViews } from '../../functions/lake/views.ts';
import { LAKE_TABLES } from '../../schemas/lake.ts';
import { onBoth } from './engines.ts';
import type { GlueTable } from './glue.ts';
import type { World } from './world.ts';

/** What Trino makes of a column of a Glue type. */
const TRINO_TYPES: Readonly<Record<string, string>> = { string: 'varchar', timestamp: 'timestamp(3)' };

/** A view as Athena keeps it, with another statement or other columns in it. */
function changed(view: GlueTable, change: (definition: { originalSql: string; columns: object[] }) => void): GlueTable {
  const [, encoded = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(view.ViewOriginalText ?? '') ?? [];
  const definition = JSON.parse(Buffer.from(encoded, 'base64').toString());
  change(definition);
  const text = Buffer.from(JSON.stringify(definition)).toString('base64');
  return { ...view, ViewOriginalText: `/* Presto View: ${text} */` };
}

export function viewCases(world: () => World): void {
  const view = (name: string): GlueTable => {
    const found = world().glue.tables.get(name);
    if (!found) throw new Error(`The template has no view ${name}.`);
    return found;
  };
  /** Runs `during` while the catalogue has another view, and puts the right one back. */
  const whileChanged = async (other: GlueTable, during: () => Promise<void>): Promise<void> => {
    const right = view(other.Name);
    world().glue.tables.set(other.Name, other);
    await during().finally(() => world().glue.tables.set(right.Name, right));
  };

  it.each(lakeViews('at_least_once'))('reads $name, as the template stores it, like DuckDB', async ({ name }) => {
    const { trino, duckdb } = await onBoth(world(), `SELECT * FROM ${name}`);
    expect(duckdb).toEqual(trino);
    expect(trino.rows.length, 'a view without rows proves nothing').toBeGreaterThan(0);
  });

  const everyView = [...lakeViews('at_least_once'), ...LAKE_TABLES.map(rowsView)];
  it.each(everyView)('has the types in $name that the catalogue says', async ({ name }) => {
    const { columns } = await world().trino.run(`SELECT * FROM ${name} LIMIT 0`);
    expect(columns.map((column) => [column.name, column.type.replace(/^varchar\(.*/, 'varchar')])).toEqual(
      view(name).StorageDescriptor.Columns.map(({ Name, Type }) => [Name, TRINO_TYPES[Type] ?? Type]),
    );
  });

  it('drops what was delivered twice', async () => {
    const once = lakeViews('exactly_once').find(({ name }) => name === 'events');
    await whileChanged(
      changed(view('events'), (definition) => Object.assign(definition, { originalSql: once?.sql })),
      async () => {
        const { trino, duckdb } = await onBoth(world(), 'SELECT event_id, owner FROM events');
        expect(trino.rows.length).toBeGreaterThan(duckdb.rows.length);
      },
    );
  });

  it('refuses a view with a function that Trino lacks, and one whose columns are not those of its query', async () => {
    const lacking = changed(view('profiles'), (definition) =>
      Object.assign(definition, { originalSql: definition.originalSql.replace('row_number()', 'row_numbers()') }),
    );
    await whileChanged(lacking, () =>
      expect(world().trino.run('SELECT * FROM profiles')).rejects.toThrow(/row_numbers/),
    );
    const stale = changed(view('profiles'), (definition) => definition.columns.reverse());
    await whileChanged(stale, () =>
      expect(world().trino.run('SELECT * FROM profiles')).rejects.toThrow(/VIEW_IS_STALE/),
    );
  });
}
