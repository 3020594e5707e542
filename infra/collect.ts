import { Aws, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { CollectEnv } from '../functions/collect/env.ts';
import { OPENERS, SOURCE_SECRET } from '../functions/shared/sources/sealing.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { alarm, FIVE_MINUTES } from './constructs/alarms.ts';
import type { ApiDomainSettings } from './constructs/api-domain.ts';
import { docTable } from './constructs/doc-table.ts';
import type { Foundation } from './constructs/foundation.ts';
import { RawQueue } from './constructs/raw-queue.ts';
import { letHandleLarge, letSpill } from './constructs/spilling.ts';
import { StageApi } from './constructs/stage-api.ts';
import { StageFunction } from './constructs/stage-function.ts';
import { WalledApi } from './constructs/walled-api.ts';

export interface CollectStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly allowed_origins: readonly string[];
  /** Whether a web application firewall stands before the collector. */
  readonly firewall: boolean;
  /** Host name of the collector, where the company has one for it. */
  readonly domain?: ApiDomainSettings;
}

/** HTTPS in, raw queue out: 2xx only when the queue has it. */
export class CollectStack extends Stack {
  readonly raw: RawQueue;
  readonly sources: Table;
  /** Where senders reach it. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CollectStackProps) {
    super(scope, id, props);
    const { key, alarmTopic, failures, topology } = props.foundation;
    this.raw = new RawQueue(this, 'Raw', props.foundation);
    this.sources = docTable(this, 'Sources', {
      settings: topology.tables.sources,
      key,
      store: {
        holds: 'sources, under hashes of their write keys; platform secrets, encrypted; who changed what',
        pii: 'none',
        retention: { until: 'erasure' },
        erasure: 'not_needed',
      },
    });
    new CfnOutput(this, 'SourcesTable', { value: this.sources.tableName, description: 'Write keys, by their hashes' });
    new CfnOutput(this, 'SourcesKey', { value: key.keyArn, description: 'Encrypts the secrets of platforms' });
    const collector = new StageFunction(this, 'Collect', {
      stage: 'collect',
      description: 'Takes what clients and platforms send and puts it into the raw queue',
      schema: CollectEnv,
      environment: {
        RAW_QUEUE_URL: this.raw.queue.queueUrl,
        SPILL_BUCKET: failures.bucketName,
        SOURCES_TABLE: this.sources.tableName,
        SOURCES_KEY_ID: key.keyArn,
        ALLOWED_ORIGINS: props.allowed_origins.join(','),
      },
      memory_mib: 512,
      timeout_seconds: 10,
      // Before it, a REST API decides by the sampling rule; an HTTP API decides nothing.
      traced: props.firewall,
      alarmTopic,
    });
    this.raw.letSend(collector);
    collector.allow([this.sources.tableArn], 'dynamodb:GetItem');
    this.#keepSecrets(key);
    letSpill(collector, failures, 'raw');
    letHandleLarge(collector, failures, 's3:PutObject');
    collector.allow([key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    this.url = this.#serve(collector.lambda, props);
    this.#watch(props.foundation);
  }

  /** Others read the table too, or use the key: what platforms sign with opens to the roles of few stages and to nobody else. */
  #keepSecrets(key: Foundation['key']): void {
    const deployment = this.stackName.replace(/-collect$/, '');
    const roles = OPENERS.map((stage) => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${deployment}-${stage}-*`);
    key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:Decrypt'],
        resources: ['*'],
        conditions: {
          StringEquals: { 'kms:EncryptionContext:purpose': SOURCE_SECRET },
          ArnNotLike: { 'aws:PrincipalArn': roles },
        },
      }),
    );
  }

  #watch({ alarmTopic, topology }: Foundation): void {
    const count = (metricName: string) =>
      new Metric({
        namespace: topology.metrics.namespace,
        metricName,
        dimensionsMap: { stage: 'collect' },
        statistic: 'Sum',
        period: FIVE_MINUTES,
      });
    alarm(this, 'collect-spilled', {
      topic: alarmTopic,
      metric: count('spilled'),
      above: 0,
      periods: 2,
      description: 'The raw queue cannot be reached; requests are kept in the failures bucket.',
    });
    alarm(this, 'collect-overloaded', {
      topic: alarmTopic,
      metric: count('overloaded'),
      above: 0,
      periods: 2,
      description: 'The raw queue took no more, so the collector answered 429.',
    });
  }

  /** Behind a firewall it takes a REST API; without one, an HTTP API does for less than a third of the price. */
  #serve(handler: IFunction, { foundation, firewall, domain }: CollectStackProps): string {
    const { alarmTopic, topology } = foundation;
    const { collect_requests_per_second: rate, collect_burst: burst, firewall_requests_per_address } = topology.limits;
    const description = 'Oneriver collector';
    const common = { stage: 'collect', description, handler, throttle: { rate, burst }, domain, alarmTopic };
    if (firewall) {
      const { url } = new WalledApi(this, 'Api', {
        ...common,
        requestsPerAddress: firewall_requests_per_address,
        traced: foundation.offers.function_traces,
      });
      return url;
    }
    const { api, url } = new StageApi(this, 'Api', { ...common, path: '/{proxy+}', root: true });
    acknowledge(
      api,
      'Tracking SDKs cannot sign in: each request is authenticated by its write key, in the function.',
      'AwsSolutions-APIG4',
    );
    return url;
  }
}
