import { CfnNamedQuery, type CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import { glueType, PARTITION_COLUMN } from '../../functions/lake/column-types.ts';
import { DEVICE_VIEW_COLUMNS } from '../../functions/lake/device-views.ts';
import { rowsRelation } from '../../functions/lake/rows.ts';
import type { LakeView as Description } from '../../functions/lake/views.ts';
import { type Column, EVENTS, IDENTITY_MAP, LAKE_TABLES, MATCH_REVIEWS } from '../../schemas/lake.ts';

const pick = (columns: readonly Column[], ...names: readonly string[]): Column[] =>
  columns.filter(({ name }) => names.includes(name));

/** The columns that a view gives: Glue wants them beside the query. */
export function viewColumns(view: string): readonly Column[] {
  if (view === 'identity_map') {
    const validTo: Column = {
      name: 'valid_to',
      type: 'timestamp',
      comment: 'when this ended, UTC; none while it holds',
    };
    return [...pick(IDENTITY_MAP.columns, 'owner', 'one_id', 'shared', 'valid_from'), validTo];
  }
  if (view === 'events_resolved') return [...EVENTS.columns, ...pick(IDENTITY_MAP.columns, 'one_id', 'shared')];
  if (view === 'match_reviews') {
    const decided: Column[] = [
      { name: 'decided_at', type: 'timestamp', comment: 'when it was decided, UTC' },
      { name: 'decided_by', type: 'varchar', comment: 'who decided', classification: 'personal' },
      { name: 'why', type: 'varchar', comment: 'the reason given', classification: 'personal' },
    ];
    return [...MATCH_REVIEWS.columns, ...decided];
  }
  const ofDevices = DEVICE_VIEW_COLUMNS.get(view);
  if (ofDevices) return ofDevices;
  const rows = LAKE_TABLES.find(({ name }) => rowsRelation(name) === view);
  if (rows) return [...rows.columns, PARTITION_COLUMN];
  const table = LAKE_TABLES.find(({ name }) => name === view);
  if (!table) throw new Error(`The view "${view}" has no columns here; add them to infra/constructs/lake-view.ts.`);
  return table.columns;
}

/** A view as Athena stores one, and the statement that makes it again as a named query of the workgroup. */
export class LakeView extends Construct {
  readonly view: CfnTable;

  constructor(
    scope: Construct,
    id: string,
    props: { view: Description; database: string; catalog: string; workgroup: CfnWorkGroup },
  ) {
    super(scope, id);
    const { view, database, catalog, workgroup } = props;
    const columns = viewColumns(view.name);
    const definition = {
      originalSql: view.sql,
      catalog: 'awsdatacatalog',
      schema: database,
      columns: columns.map(({ name, type }) => ({ name, type })),
    };
    this.view = new CfnTable(this, 'View', {
      catalogId: catalog,
      databaseName: database,
      tableInput: {
        name: view.name,
        description: view.comment,
        tableType: 'VIRTUAL_VIEW',
        parameters: { presto_view: 'true', comment: view.comment },
        viewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString('base64')} */`,
        viewExpandedText: '/* Presto View */',
        storageDescriptor: {
          // A view has no files, but Athena reads no descriptor without a SerDe.
          serdeInfo: { name: '-', serializationLibrary: '-' },
          columns: columns.map(({ name, type, comment }) => ({ name, type: glueType(type), comment })),
        },
      },
    });
    const query = new CfnNamedQuery(this, 'Query', {
      database,
      workGroup: workgroup.name,
      name: `view ${view.name}`,
      description: view.comment,
      queryString: `CREATE OR REPLACE VIEW ${view.name} AS\n${view.sql}`,
    });
    query.addResourceDependency(workgroup);
  }
}
