import { Stack, type StackProps } from 'aws-cdk-lib';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ServeEnv } from '../functions/serve/env.ts';
import { MAPPING_KEYS } from '../functions/shared/mapping/mapping-store.ts';
import { OUTBOUND } from '../functions/shared/protocols/outbound.ts';
import { RECEIVERS } from '../functions/shared/protocols/receivers.ts';
import { describeProtocols } from '../functions/shared/sources/protocols.ts';
import { SOURCE_SECRET } from '../functions/shared/sources/sealing.ts';
import type { CollectStack } from './collect.ts';
import { acknowledge, objectsFinding } from './constructs/acknowledge.ts';
import type { Foundation } from './constructs/foundation.ts';
import { resultsOf } from './constructs/lake-workgroup.ts';
import { QualityWatch } from './constructs/quality-watch.ts';
import { StageApi } from './constructs/stage-api.ts';
import { StageFunction } from './constructs/stage-function.ts';
import type { Vault } from './constructs/vault.ts';
import type { Deployment } from './deployment.ts';
import type { LakeStack } from './lake.ts';

export interface ServeStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly lake: LakeStack;
  readonly collect: CollectStack;
  readonly vault: Vault;
  readonly oidc: Deployment['oidc'];
  /** Host name of the API, where the company has one for it. */
  readonly domain: Deployment['api_domain'];
  readonly default_region: string;
}

/**
 * Signed-in callers read persons, decisions, quarantine, audit, and the lake with SQL. What they declare about identity goes to the
 * raw queue, like an event; sources are changed in the collector's table. Nothing else here can write.
 */
export class ServeStack extends Stack {
  constructor(scope: Construct, id: string, props: ServeStackProps) {
    super(scope, id, props);
    const { foundation, lake, collect, vault } = props;
    const server = new StageFunction(this, 'Function', {
      stage: 'serve',
      description: 'Answers questions about persons and the lake, and takes what is declared about identity',
      schema: ServeEnv,
      environment: {
        PERSONS_TABLE: foundation.persons.tableName,
        RAW_QUEUE_URL: collect.raw.queue.queueUrl,
        VAULT_TABLE: vault.table.tableName,
        KEY_ID: vault.key.keyArn,
        DEFAULT_REGION: props.default_region,
        SQL_WORKGROUP: lake.workgroup.name,
        SQL_DATABASE: lake.database,
        SOURCES_TABLE: collect.sources.tableName,
        SOURCES_KEY_ID: foundation.key.keyArn,
        COLLECT_URL: collect.url,
        PROTOCOLS: describeProtocols([...RECEIVERS, ...OUTBOUND]),
      },
      memory_mib: 1_024,
      // API Gateway waits for 29 s; the hourly look at the rules of data quality may take longer.
      timeout_seconds: 120,
      traced: true,
      alarmTopic: foundation.alarmTopic,
    });
    server.allow([foundation.persons.tableArn], 'dynamodb:BatchGetItem');
    this.#permitMappings(server, foundation);
    vault.letTokenise(server.role);
    collect.raw.letSend(server);
    server.allow([foundation.key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    this.#permitSources(server, props);
    this.#permitSql(server, lake);
    lake.letRead(server, server.role);
    new QualityWatch(this, 'Quality', { lambda: server.lambda, alarmTopic: foundation.alarmTopic });
    const { limits } = foundation.topology;
    new StageApi(this, 'Api', {
      stage: 'serve',
      description: 'Oneriver API',
      path: '/api/{proxy+}',
      handler: server.lambda,
      throttle: { rate: limits.serve_requests_per_second, burst: limits.serve_burst },
      authorizer: authorizer(props.oidc),
      domain: props.domain,
      alarmTopic: foundation.alarmTopic,
    });
  }

  /** Sources are looked at and changed here. A secret is encrypted by this function and decrypted by the collector alone. */
  #permitSources(server: StageFunction<typeof ServeEnv>, { foundation, collect }: ServeStackProps): void {
    server.allow(
      [collect.sources.tableArn],
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Scan',
    );
    server.role.addToPolicy(
      new PolicyStatement({
        actions: ['kms:Encrypt'],
        resources: [foundation.key.keyArn],
        conditions: { StringEquals: { 'kms:EncryptionContext:purpose': SOURCE_SECRET } },
      }),
    );
  }

  /** Of the persons' table, mappings alone are written here. */
  #permitMappings(server: StageFunction<typeof ServeEnv>, { persons }: Foundation): void {
    server.role.addToPolicy(
      new PolicyStatement({
        actions: ['dynamodb:PutItem'],
        resources: [persons.tableArn],
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [MAPPING_KEYS] } },
      }),
    );
  }

  /** Queries in the one workgroup, over the lake's tables, writing nothing but their own results. */
  #permitSql(server: StageFunction<typeof ServeEnv>, lake: LakeStack): void {
    const arn = (service: string, resource: string, resourceName?: string) =>
      this.formatArn({ service, resource, resourceName });
    server.allow(
      [arn('athena', 'workgroup', lake.workgroup.name)],
      'athena:GetQueryExecution',
      'athena:GetQueryResults',
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
    );
    // Athena looks for this database in each region, whatever is asked.
    server.allow([arn('glue', 'database', 'default')], 'glue:GetDatabase');
    const results = resultsOf(lake.workgroup.name);
    server.allow(
      [
        arn('glue', 'catalog'),
        arn('glue', 'database', lake.database),
        ...lake.relations.map((name) => arn('glue', 'table', `${lake.database}/${name}`)),
      ],
      'glue:GetDatabase',
      'glue:GetPartitions',
      'glue:GetTable',
      'glue:GetTables',
    );
    const read = lake.readPrefixes(lake.workgroup.name);
    server.allow([lake.bucket.bucketArn], 's3:GetBucketLocation', 's3:ListBucket');
    server.allow(
      read.map((prefix) => lake.bucket.arnForObjects(`${prefix}*`)),
      's3:GetObject',
    );
    server.allow([lake.bucket.arnForObjects(`${results}*`)], 's3:AbortMultipartUpload', 's3:PutObject');
    acknowledge(
      server.role,
      'Files of a table have no names that could be listed; each wildcard ends inside one prefix.',
      ...read.map((prefix) => objectsFinding(lake.bucket, prefix)),
    );
  }
}

const authorizer = (oidc: Deployment['oidc']): IHttpRouteAuthorizer =>
  oidc ? new HttpJwtAuthorizer('Oidc', oidc.issuer, { jwtAudience: [...oidc.audience] }) : new HttpIamAuthorizer();
