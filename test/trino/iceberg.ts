const TYPES: Readonly<Record<string, string>> = { string: 'varchar', timestamp: 'timestamp(6)' };

/** Athena's CREATE TABLE of an Iceberg table: the same name, columns, partition and place. */
function createTable(athena: string, schema: string): string {
  const [, name] = /^CREATE TABLE IF NOT EXISTS (\w+) \(/.exec(athena) ?? [];
  const columns = [...athena.matchAll(/^ {2}(\w+) (\w+) COMMENT /gm)].map(
    ([, column, type = '']) => `${column} ${TYPES[type] ?? type}`,
  );
  const [, partition] = /^PARTITIONED BY \((\w+)\)$/m.exec(athena) ?? [];
  const [, location] = /^LOCATION ('.+')$/m.exec(athena) ?? [];
  return `CREATE TABLE IF NOT EXISTS ${schema}.${name} (${columns.join(', ')})
WITH (format = 'PARQUET', partitioning = ARRAY['${partition}'], location = ${location})`;
}

/**
 * A statement of the lake in Trino's words. Queries, MERGE and DELETE are the same in both and stay as they are; what makes and
 * tidies Iceberg tables has a syntax of Athena's own. VACUUM here takes every snapshot but the last, however young.
 * @param schema with its catalogue, of the Iceberg connector
 */
export function inTrino(athena: string, schema: string): readonly string[] {
  if (athena.startsWith('CREATE TABLE')) return [createTable(athena, schema)];
  const [, optimized, where = ''] = /^OPTIMIZE (\w+) REWRITE DATA USING BIN_PACK( WHERE [\s\S]+)?$/.exec(athena) ?? [];
  if (optimized !== undefined) return [`ALTER TABLE ${schema}.${optimized} EXECUTE optimize${where}`];
  const [, vacuumed] = /^VACUUM (\w+)$/.exec(athena) ?? [];
  if (vacuumed === undefined) return [athena];
  return ['expire_snapshots', 'remove_orphan_files'].map(
    (procedure) => `ALTER TABLE ${schema}.${vacuumed} EXECUTE ${procedure}(retention_threshold => '0s')`,
  );
}
