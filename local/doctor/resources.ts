import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeDeliveryStreamCommand, type FirehoseClient } from '@aws-sdk/client-firehose';
import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { checked, type Finding } from './finding.ts';
import { checkQueue, type QueueClients, queueName } from './queues.ts';
import type { DeployedResource } from './stacks.ts';

export interface ResourceClients extends QueueClients {
  readonly lambda: LambdaClient;
  readonly kinesis: KinesisClient;
  readonly dynamo: DynamoDBClient;
  readonly firehose: FirehoseClient;
}

const AGAIN = 'Deploy its stack again.';

type Outcome = Omit<Finding, 'check'>;

/** What a status that AWS reports means. */
const expecting = (status: string | undefined, well: readonly string[], fix: string): Outcome =>
  status !== undefined && well.includes(status)
    ? { status: 'ok', detail: status }
    : { status: 'failed', detail: status ?? 'has no status', fix };

type Check = (
  physical: string,
  clients: ResourceClients,
  found: { readonly resource: DeployedResource; readonly all: readonly DeployedResource[]; readonly now: number },
) => Promise<Outcome>;

/** How each type of resource is looked at. */
const CHECKS: Readonly<Record<string, Check>> = {
  'AWS::Lambda::Function': async (FunctionName, { lambda }) => {
    const { State, LastUpdateStatus } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    if (LastUpdateStatus === 'Failed') {
      return { status: 'failed', detail: 'its last update failed', fix: AGAIN };
    }
    // An inactive function wakes with its next event.
    return expecting(State, ['Active', 'Inactive'], AGAIN);
  },
  'AWS::Lambda::EventSourceMapping': async (UUID, { lambda }, { resource, all }) => {
    const {
      State,
      LastProcessingResult,
      EventSourceArn = '',
    } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
    if (resource.stack === 'clean' && !isRawQueue(EventSourceArn, all)) {
      return { status: 'failed', detail: `reads ${EventSourceArn}`, fix: `It has to read the raw queue. ${AGAIN}` };
    }
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
  'AWS::SQS::Queue': (_, clients, { resource, now }) => checkQueue(resource, clients, now),
};

const isRawQueue = (arn: string, all: readonly DeployedResource[]): boolean =>
  all.some(
    ({ stack, type, logical, physical }) =>
      stack === 'collect' &&
      type === 'AWS::SQS::Queue' &&
      logical.startsWith('RawQueue') &&
      queueName(physical) === queueName(arn),
  );

/** Every resource of a kind that has a state. */
export async function checkResources(
  resources: readonly DeployedResource[],
  clients: ResourceClients,
  now: () => number = Date.now,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const resource of resources) {
    const { stack, type, logical, physical } = resource;
    const check = CHECKS[type];
    if (!check) continue;
    const kind = type.split('::').at(-1) ?? type;
    const found = { resource, all: resources, now: now() };
    findings.push(await checked(`${stack} ${kind} ${logical}`, () => check(physical, clients, found)));
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
