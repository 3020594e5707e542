import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { CollectEnv } from '../functions/collect/env.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import { docTable } from './constructs/doc-table.ts';
import type { Foundation } from './constructs/foundation.ts';
import { riverStream } from './constructs/river-stream.ts';
import { StageApi } from './constructs/stage-api.ts';
import { StageFunction } from './constructs/stage-function.ts';

export interface CollectStackProps extends StackProps {
  readonly foundation: Foundation;
  readonly allowed_origins: readonly string[];
}

/** HTTPS in, raw stream out: 2xx only when the stream has it. */
export class CollectStack extends Stack {
  readonly raw: Stream;

  constructor(scope: Construct, id: string, props: CollectStackProps) {
    super(scope, id, props);
    const { key, alarmTopic, topology } = props.foundation;
    const { limits, streams, tables } = topology;
    this.raw = riverStream(this, 'Raw', { settings: streams.raw, key });
    const sources = docTable(this, 'Sources', { settings: tables.sources, key });
    const collector = new StageFunction(this, 'Collect', {
      stage: 'collect',
      description: 'Takes events over the Segment HTTP Tracking API and puts them on the raw stream',
      schema: CollectEnv,
      environment: {
        RAW_STREAM: this.raw.streamName,
        SOURCES_TABLE: sources.tableName,
        ALLOWED_ORIGINS: props.allowed_origins.join(','),
      },
      memory_mib: 512,
      timeout_seconds: 10,
      alarmTopic,
    });
    collector.allow([this.raw.streamArn], 'kinesis:PutRecord');
    collector.allow([sources.tableArn], 'dynamodb:GetItem');
    collector.allow([key.keyArn], 'kms:Decrypt', 'kms:GenerateDataKey');
    const { api } = new StageApi(this, 'Api', {
      stage: 'collect',
      description: 'Oneriver collector',
      path: '/{proxy+}',
      handler: collector.lambda,
      throttle: { rate: limits.collect_requests_per_second, burst: limits.collect_burst },
      alarmTopic,
    });
    acknowledge(
      api,
      'Tracking SDKs cannot sign in: each request is authenticated by its write key, in the function.',
      'AwsSolutions-APIG4',
    );
  }
}
