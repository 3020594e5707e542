/** What a type that exists in mainland China must not have there, or must have. */
export interface ChinaRule {
  readonly type: string;
  /** What does not exist, and the page of the documentation of the China regions that says so. */
  readonly why: string;
  /** The property's path, with dots. */
  readonly property: string;
  /** Whether a value is possible; an absent property has undefined. */
  possible(value: unknown): boolean;
}

const absent = (value: unknown): boolean => value === undefined;
const LAMBDA = '"Amazon Lambda" of "Getting Started with Amazon Web Services in China"';
const FIREHOSE = '"Considerations and limitations" of Iceberg destinations, Firehose developer guide';
const GATEWAY = '"Amazon API Gateway" of "Getting Started with Amazon Web Services in China"';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const STREAM = 'AWS::KinesisFirehose::DeliveryStream';

/** An ARN that CloudFormation makes of something named like a queue, here or in another stack. */
const ofQueue = (value: unknown): boolean =>
  absent(value) || /DeadLetters|FailedBatches|Queue/.test(JSON.stringify(value));
const regional = (value: unknown): boolean => absent(value) || value === 'REGIONAL';

export const CHINA_RULES: readonly ChinaRule[] = [
  {
    type: 'AWS::Lambda::Function',
    property: 'TracingConfig',
    why: `No X-Ray in functions: ${LAMBDA}`,
    possible: absent,
  },
  {
    type: 'AWS::Lambda::Function',
    property: 'KmsKeyArn',
    why: `No key for code packages: ${LAMBDA}`,
    possible: absent,
  },
  { type: 'AWS::Lambda::Function', property: 'SnapStart', why: `Only for Java: ${LAMBDA}`, possible: absent },
  { type: MAPPING, property: 'MetricsConfig', why: `No metrics of mappings: ${LAMBDA}`, possible: absent },
  { type: MAPPING, property: 'Tags', why: `No tags of mappings: ${LAMBDA}`, possible: absent },
  { type: MAPPING, property: 'ProvisionedPollerConfig', why: `No provisioned mode: ${LAMBDA}`, possible: absent },
  {
    type: MAPPING,
    property: 'DestinationConfig.OnFailure.Destination',
    why: `No bucket for failed batches of Kinesis: ${LAMBDA}`,
    possible: ofQueue,
  },
  {
    type: 'AWS::Lambda::EventInvokeConfig',
    property: 'DestinationConfig.OnFailure.Destination',
    why: `No bucket for failed asynchronous calls: ${LAMBDA}`,
    possible: ofQueue,
  },
  { type: STREAM, property: 'IcebergDestinationConfiguration', why: `No Iceberg: ${FIREHOSE}`, possible: absent },
  { type: STREAM, property: 'DatabaseSourceConfiguration', why: `No databases: ${FIREHOSE}`, possible: absent },
  {
    type: 'AWS::ApiGateway::RestApi',
    property: 'EndpointConfiguration.Types.0',
    why: `No edge-optimized APIs: ${GATEWAY}`,
    possible: regional,
  },
  {
    type: 'AWS::ApiGatewayV2::DomainName',
    property: 'DomainNameConfigurations.0.EndpointType',
    why: `No edge-optimized names: ${GATEWAY}`,
    possible: regional,
  },
  {
    type: 'AWS::WAFv2::WebACL',
    property: 'Scope',
    why: 'Regional only: "Amazon WAF" of "Getting Started with Amazon Web Services in China"',
    possible: (value) => value === 'REGIONAL',
  },
  {
    type: 'AWS::CloudWatch::Alarm',
    property: 'MetricName',
    why: `These are never written: ${LAMBDA}`,
    possible: (value) =>
      !/^(AsyncEvent(sReceived|Age|sDropped)|(Polled|FilteredOut|Invoked|FailedInvoke|Dropped|OnFailureDestinationDelivered|Deleted)EventCount)$/.test(
        String(value),
      ),
  },
];

/** The value at a path of names and indices with dots. */
export function valueAt(of: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    return Object.getOwnPropertyDescriptor(value, name)?.value;
  }, of);
}
