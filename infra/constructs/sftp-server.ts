import { CfnOutput, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnServer, CfnUser } from 'aws-cdk-lib/aws-transfer';
import { Construct } from 'constructs';
import { LANDING_PREFIXES } from '../../functions/import/landing-bucket.ts';
import type { SftpUser } from '../deployment.ts';
import { acknowledge, resourceFinding } from './acknowledge.ts';
import { declareStore } from './store.ts';

export interface SftpServerProps {
  readonly landing: IBucket;
  readonly key: IKey;
  readonly users: readonly SftpUser[];
}

/**
 * An SFTP server before the landing bucket, for senders who have nothing else: one user for each source, named after it, who may put files
 * into its folder and neither read nor remove any. It is billed by the hour, used or not.
 */
export class SftpServer extends Construct {
  constructor(scope: Construct, id: string, { landing, key, users }: SftpServerProps) {
    super(scope, id);
    const logs = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    declareStore(logs, {
      holds: 'who signed in over SFTP and put which file',
      pii: 'none',
      retention: { class: 'logs' },
      erasure: 'not_needed',
    });
    const server = new CfnServer(this, 'Server', {
      protocols: ['SFTP'],
      domain: 'S3',
      endpointType: 'PUBLIC',
      identityProviderType: 'SERVICE_MANAGED',
      securityPolicyName: 'TransferSecurityPolicy-2024-01',
      structuredLogDestinations: [logs.logGroupArn],
    });
    for (const source of new Set(users.map((user) => user.source))) {
      const folder = `${LANDING_PREFIXES.incoming}${source}`;
      new CfnUser(this, `User-${source}`, {
        serverId: server.attrServerId,
        userName: source,
        role: this.#roleOf(source, { landing, key, folder }).roleArn,
        homeDirectoryType: 'LOGICAL',
        homeDirectoryMappings: [{ entry: '/', target: `/${landing.bucketName}/${folder}` }],
        sshPublicKeys: users.filter((user) => user.source === source).map((user) => user.key),
      });
    }
    new CfnOutput(Stack.of(this), 'SftpEndpoint', {
      value: Fn.join('', [
        server.attrServerId,
        '.server.transfer.',
        Stack.of(this).region,
        '.',
        Stack.of(this).urlSuffix,
      ]),
      description: 'Host of the SFTP server; users are named after their sources',
    });
  }

  #roleOf(source: string, { landing, key, folder }: { landing: IBucket; key: IKey; folder: string }): Role {
    const role = new Role(this, `Role-${source}`, {
      assumedBy: new ServicePrincipal('transfer.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const objects = landing.arnForObjects(`${folder}/*`);
    role.addToPolicy(new PolicyStatement({ actions: ['s3:PutObject'], resources: [objects] }));
    role.addToPolicy(new PolicyStatement({ actions: ['kms:GenerateDataKey', 'kms:Decrypt'], resources: [key.keyArn] }));
    acknowledge(
      role,
      'The sender names the files; the wildcard ends inside the folder of one source.',
      resourceFinding(Stack.of(this), objects),
    );
    return role;
  }
}
