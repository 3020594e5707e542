import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import type { StreamSettings } from '../../functions/shared/topology.ts';
import { acknowledge } from './acknowledge.ts';
import { declareStore } from './store.ts';

/** A stream of the topology, encrypted with our key and kept when its stack goes. */
export function riverStream(
  scope: Construct,
  id: string,
  props: { settings: StreamSettings; key: IKey; holds: string },
): Stream {
  const stream = new Stream(scope, id, {
    streamMode: props.settings.mode === 'on_demand' ? StreamMode.ON_DEMAND : StreamMode.PROVISIONED,
    shardCount: props.settings.shards,
    retentionPeriod: Duration.hours(props.settings.retention_hours),
    encryption: StreamEncryption.KMS,
    encryptionKey: props.key,
    // A deployment that failed has nothing in it, and would leave what is billed by the hour.
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  acknowledge(
    stream,
    "Our own key, not Kinesis's: who may read events is decided and logged in one place.",
    'AwsSolutions-KDS3',
  );
  return declareStore(stream, {
    holds: props.holds,
    pii: 'personal',
    retention: { hours: props.settings.retention_hours },
    erasure: 'expires',
  });
}
