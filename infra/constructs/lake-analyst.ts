import { Stack } from 'aws-cdk-lib';
import type { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { AccountRootPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LAKE_PREFIXES } from '../../functions/lake/prefixes.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { resultsOf } from './lake-workgroup.ts';
import { throughService } from './through-service.ts';

export interface LakeAnalystProps {
  readonly bucket: IBucket;
  readonly database: string;
  /** Names of everything that a query over the views reads. */
  readonly relations: readonly string[];
  readonly workgroup: CfnWorkGroup;
  readonly key: IKey;
}

/**
 * A role for people with questions: they read the lake in their own workgroup, and can write nothing but results. Who may take it
 * is decided in the account: whoever is allowed `sts:AssumeRole` on it.
 */
export class LakeAnalyst extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: LakeAnalystProps) {
    super(scope, id);
    const { bucket, database, relations, workgroup, key } = props;
    const stack = Stack.of(this);
    const arn = (service: string, resource: string, resourceName?: string) =>
      stack.formatArn({ service, resource, resourceName });
    this.role = new Role(this, 'Role', {
      // Roles are the account's, not the region's.
      roleName: `oneriver-analyst-${stack.region}`,
      description: 'Reads the lake with SQL',
      assumedBy: new AccountRootPrincipal(),
    });
    const may = (resources: string[], ...actions: string[]) =>
      this.role.addToPolicy(new PolicyStatement({ resources, actions }));
    may(
      [arn('athena', 'workgroup', workgroup.name)],
      'athena:BatchGetNamedQuery',
      'athena:GetNamedQuery',
      'athena:GetQueryExecution',
      'athena:GetQueryResults',
      'athena:GetWorkGroup',
      'athena:ListNamedQueries',
      'athena:ListQueryExecutions',
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
    );
    may(
      [
        arn('glue', 'catalog'),
        arn('glue', 'database', database),
        ...relations.map((name) => arn('glue', 'table', `${database}/${name}`)),
      ],
      'glue:GetDatabase',
      'glue:GetPartitions',
      'glue:GetTable',
      'glue:GetTables',
    );
    // Athena looks for this database in each region, whatever is asked.
    may([arn('glue', 'database', 'default')], 'glue:GetDatabase');
    const results = resultsOf(workgroup.name);
    const under = (prefix: string) => bucket.arnForObjects(`${prefix}*`);
    may([bucket.bucketArn], 's3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads');
    may([under(LAKE_PREFIXES.landing), under(LAKE_PREFIXES.tables), under(results)], 's3:GetObject');
    may([under(results)], 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject');
    // Only what S3 asks the key for: the same key wraps what is in the vault.
    this.role.addToPolicy(
      new PolicyStatement({
        resources: [key.keyArn],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        conditions: throughService('s3'),
      }),
    );
    acknowledge(
      this.role,
      'Files of a table have no names that could be listed; each wildcard ends inside one prefix of the lake.',
      ...[LAKE_PREFIXES.landing, LAKE_PREFIXES.tables, results].map((prefix) => resourceFinding(stack, under(prefix))),
    );
  }
}
