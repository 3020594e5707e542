import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeDeliveryStreamCommand, type FirehoseClient } from '@aws-sdk/client-firehose';
import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { checked, type Finding } from './finding.ts';
import type { DeployedResource } from './stacks.ts';

export interface ResourceClients {
  readonly lambda: LambdaClient;
  readonly kinesis: KinesisClient;
  readonly dynamo: DynamoDBClient;
  readonly firehose: FirehoseClient;
  readonly sqs: SQSClient;
  readonly cloudwatch: CloudWatchClient;
}

type Outcome = Omit<Finding, 'check'>;

/** What a status that AWS reports means. */
const expecting = (status: string | undefined, well: readonly string[], fix: string): Outcome =>
  status !== undefined && well.includes(status)
    ? { status: 'ok', detail: status }
    : { status: 'failed', detail: status ?? 'has no status', fix };

type Check = (physical: string, clients: ResourceClients) => Promise<Outcome>;

/** How each type of resource is looked at. */
const CHECKS: Readonly<Record<string, Check>> = {
  'AWS::Lambda::Function': async (FunctionName, { lambda }) => {
    const { State, LastUpdateStatus } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (LastUpdateStatus === 'Failed') {
      return { status: 'failed', detail: 'its last update failed', fix: 'Deploy its stack again.' };
    }
    // An inactive function wakes with its next event.
    return expecting(State, ['Active', 'Inactive'], 'Deploy its stack again.');
  },
  'AWS::Lambda::EventSourceMapping': async (UUID, { lambda }) => {
    const { State, LastProcessingResult } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    if (LastProcessingResult?.startsWith('PROBLEM')) {
      return { status: 'failed', detail: LastProcessingResult, fix: "Look into the function's log; events wait." };
    }
    return expecting(State, ['Enabled', 'Updating'], 'Enable it: while it is off, events wait and then expire.');
  },
  'AWS::Kinesis::Stream': async (StreamName, { kinesis }) => {
    const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }));
    return expecting(StreamDescriptionSummary?.StreamStatus, ['ACTIVE', 'UPDATING'], 'Events cannot be taken.');
  },
  'AWS::DynamoDB::Table': async (TableName, { dynamo }) => {
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
    return expecting(Table?.TableStatus, ['ACTIVE', 'UPDATING'], 'Restore it from its backup: see the runbook.');
  },
  'AWS::KinesisFirehose::DeliveryStream': async (DeliveryStreamName, { firehose }) => {
    const { DeliveryStreamDescription: found } = await firehose.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName }),
    );
    return expecting(found?.DeliveryStreamStatus, ['ACTIVE'], 'Rows are spilled until it is there again.');
  },
  'AWS::SQS::Queue': async (QueueUrl, { sqs }) => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    const waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    if (waiting === 0) return { status: 'ok', detail: 'empty' };
    const fix = 'Find the cause in the runbook under oneriver-fire-dead-letters, then npm run redrive.';
    return { status: 'warning', detail: `${waiting} messages wait`, fix };
  },
};

/** Every resource of a kind that has a state. */
export async function checkResources(
  resources: readonly DeployedResource[],
  clients: ResourceClients,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { stack, type, logical, physical } of resources) {
    const check = CHECKS[type];
    if (!check) continue;
    const kind = type.split('::').at(-1) ?? type;
    findings.push(await checked(`${stack} ${kind} ${logical}`, () => check(physical, clients)));
  }
  return findings;
}

/** Alarms of the deployment that are going off. */
export function checkAlarms(resources: readonly DeployedResource[], clients: ResourceClients): Promise<Finding> {
  const AlarmNames = resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm').map(({ physical }) => physical);
  return checked('alarms', async () => {
    const alarming: string[] = [];
    for (let from = 0; from < AlarmNames.length; from += 100) {
      const page = { AlarmNames: AlarmNames.slice(from, from + 100), StateValue: 'ALARM' as const };
      const { MetricAlarms = [] } = await clients.cloudwatch.send(new DescribeAlarmsCommand(page));
      alarming.push(...MetricAlarms.flatMap(({ AlarmName }) => AlarmName ?? []));
    }
    if (alarming.length === 0) return { status: 'ok', detail: `none of ${AlarmNames.length} is going off` };
    const fix = 'Each has a section of its name in docs/RUNBOOK.md.';
    return { status: 'warning', detail: alarming.sort().join(', '), fix };
  });
}
