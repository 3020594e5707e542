import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { CfnNamedQuery, type CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { historyRelation, landingRelation, rowsView } from '../functions/lake/history.ts';
import { deletionDeadlineDays } from '../functions/lake/landing.ts';
import { namedQueries } from '../functions/lake/named-queries.ts';
import { LAKE_PREFIXES } from '../functions/lake/prefixes.ts';
import { lakeViews } from '../functions/lake/views.ts';
import { loadDefinitions } from '../functions/shared/definitions.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { type LakeTable as Description, LAKE_TABLES, type LakeTableName } from '../schemas/lake.ts';
import type { Foundation } from './constructs/foundation.ts';
import { LakeAnalyst } from './constructs/lake-analyst.ts';
import { lakeBucket } from './constructs/lake-bucket.ts';
import { LakeDelivery } from './constructs/lake-delivery.ts';
import { LakeTable } from './constructs/lake-table.ts';
import { CLASSES, LakeTags } from './constructs/lake-tags.ts';
import { LakeUpkeep } from './constructs/lake-upkeep.ts';
import { LakeView, viewColumns } from './constructs/lake-view.ts';
import { lakeWorkgroup, resultsOf } from './constructs/lake-workgroup.ts';
import { RawArchive } from './constructs/raw-archive.ts';

const DATABASE = 'oneriver';
const { limits, lake: settings } = TOPOLOGY;

export interface LakeStackProps extends StackProps {
  readonly foundation: Foundation;
  /** Tags and grants of Lake Formation beside the permissions of IAM. */
  readonly lake_formation: boolean;
}

/** Where events come to rest: files as they land, tables that rows can be deleted from, and SQL over both. */
export class LakeStack extends Stack {
  readonly bucket: Bucket;
  /** The workgroup of the API. */
  readonly workgroup: CfnWorkGroup;
  readonly database = DATABASE;
  /** Name that every delivery stream begins with; what the functions know as LAKE_PREFIX. */
  readonly prefix = settings.prefix;
  /** Where raw records are kept as they came. */
  readonly archive: RawArchive;
  readonly #foundation: Foundation;
  readonly #deliveries = new Map<string, LakeDelivery>();
  readonly #tags: LakeTags | undefined;

  constructor(scope: Construct, id: string, props: LakeStackProps) {
    super(scope, id, props);
    const { foundation } = props;
    this.#foundation = foundation;
    this.bucket = lakeBucket(this, 'Lake', foundation);
    const database = new CfnDatabase(this, 'Database', {
      catalogId: this.account,
      databaseInput: {
        name: DATABASE,
        description: 'Oneriver: events, persons and decisions. Begin with the views; they name each row once.',
      },
    });
    if (props.lake_formation) {
      this.#tags = new LakeTags(this, 'Tags', { database: DATABASE, databaseResource: database });
    }
    this.workgroup = this.#workgroup('api', 'what the API asks', limits.sql_scan_bytes);
    const analyst = this.#workgroup('analyst', 'what people ask', limits.analyst_scan_bytes);
    const upkeep = this.#workgroup('upkeep', 'merges, retention and compaction', limits.upkeep_scan_bytes);
    for (const table of LAKE_TABLES) this.#deliver(table, database);
    const { key, alarmTopic } = foundation;
    this.archive = new RawArchive(this, 'RawArchive', {
      name: `${this.prefix}-raw`,
      bucket: this.bucket,
      key,
      alarmTopic,
    });
    const { tables, worker } = new LakeUpkeep(this, 'Upkeep', {
      bucket: this.bucket,
      database: DATABASE,
      workgroup: upkeep,
      key: foundation.key,
      retention: foundation.retention,
      alarmTopic: foundation.alarmTopic,
    });
    tables.node.addDependency(database, ...(this.#tags?.letKeep(worker, worker.role) ?? []));
    for (const { name, columns } of LAKE_TABLES) {
      this.#tags?.classify({ name: historyRelation(name), columns, after: tables });
    }
    this.#views(database, upkeep);
    this.#ask(analyst);
    const people = new LakeAnalyst(this, 'Analyst', {
      bucket: this.bucket,
      database: DATABASE,
      relations: this.relations,
      workgroup: analyst,
      key: foundation.key,
    });
    this.#tags?.letRead(people, people.role, ['none', 'tokens']);
    new CfnOutput(this, 'DeletionDeadlineDays', {
      value: String(deletionDeadlineDays(foundation.retention)),
      description: 'By when somebody who is erased is in no file any more, at the latest',
    });
  }

  /** Lets a role of another stack read the whole lake, where Lake Formation has a say in it. */
  letRead(scope: Construct, role: IRole): void {
    this.#tags?.letRead(scope, role, CLASSES);
  }

  /** ARNs of the delivery streams of some tables, to permit a stage to write to exactly those. */
  deliveryArns(...tables: readonly LakeTableName[]): string[] {
    return tables.flatMap((table) => this.#deliveries.get(table)?.arn ?? []);
  }

  /** Names of everything in the catalogue that a query over the views reads. */
  get relations(): string[] {
    return [
      ...LAKE_TABLES.flatMap(({ name }) => [historyRelation(name), landingRelation(name)]),
      ...this.#allViews().map(({ name }) => name),
    ];
  }

  /** Where the files lie that a query of a workgroup reads. */
  readPrefixes(workgroup: string): string[] {
    return [LAKE_PREFIXES.landing, LAKE_PREFIXES.tables, resultsOf(workgroup)];
  }

  #allViews() {
    return [...LAKE_TABLES.map(rowsView), ...lakeViews('at_least_once')];
  }

  #workgroup(role: string, description: string, scan_bytes: number): CfnWorkGroup {
    const { key } = this.#foundation;
    const name = `${this.prefix}-${role}`;
    return lakeWorkgroup(this, `Workgroup-${role}`, { name, description, scan_bytes, bucket: this.bucket, key });
  }

  /** The catalogue knows a table before anything is written for it: Firehose takes its columns from there. */
  #deliver(table: Description, database: CfnDatabase): void {
    const { key, alarmTopic, topology } = this.#foundation;
    const lakeTable = new LakeTable(this, `Table-${table.name}`, { table, database: DATABASE, bucket: this.bucket });
    lakeTable.table.addResourceDependency(database);
    const delivery = new LakeDelivery(this, `Delivery-${table.name}`, {
      name: `${this.prefix}-${table.name}`,
      lakeTable,
      database: DATABASE,
      bucket: this.bucket,
      key,
      buffer: topology.lake,
      alarmTopic,
    });
    this.#deliveries.set(table.name, delivery);
    const { name, columns } = table;
    this.#tags?.classify({ name: landingRelation(name), columns, after: lakeTable.table });
    const granted = this.#tags?.letRead(delivery, delivery.role, CLASSES) ?? [];
    delivery.stream.node.addDependency(...granted);
  }

  #views(database: CfnDatabase, workgroup: CfnWorkGroup): void {
    for (const view of this.#allViews()) {
      const props = { view, database: DATABASE, catalog: this.account, workgroup };
      const made = new LakeView(this, `View-${view.name}`, props).view;
      made.addResourceDependency(database);
      this.#tags?.classify({ name: view.name, columns: viewColumns(view.name), after: made });
    }
  }

  #ask(workgroup: CfnWorkGroup): void {
    for (const { name, description, sql, parameters } of namedQueries(loadDefinitions().tags.map(({ id }) => id))) {
      const given = parameters.length > 0 ? `; parameters: ${parameters.join(', ')}` : '';
      const query = new CfnNamedQuery(this, `Query-${name.replaceAll(' ', '-')}`, {
        database: DATABASE,
        workGroup: workgroup.name,
        name,
        description: `${description}${given}`,
        queryString: sql,
      });
      query.addResourceDependency(workgroup);
    }
  }
}
