import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Finding } from './finding.ts';
import type { DeployedResource } from './stacks.ts';

export interface QueueClients {
  readonly sqs: SQSClient;
  readonly cloudwatch: CloudWatchClient;
}

type Outcome = Omit<Finding, 'check'>;

/** What waits in a working queue for longer is not taken, or not taken fast enough: its alarm says the same. */
const MOST_WAITING_SECONDS = 300;
/** SQS tells its age once a minute, and a minute or two late. */
const LOOK_BACK_MS = 10 * 60_000;

/** What nothing takes but an operator. */
const isDeadEnd = ({ logical }: DeployedResource): boolean => /DeadLetters|FailedBatches/.test(logical);

/** The alarms of dead letters by stack; each has a section in the runbook. */
const ALARM: Readonly<Record<string, string>> = {
  collect: 'oneriver-raw-dead-letters',
  stitch: 'oneriver-stitch-on-failure',
  fire: 'oneriver-fire-dead-letters',
  import: 'oneriver-import-dead-letters',
};

/** The name of a queue, from its URL or its ARN. */
export const queueName = (urlOrArn: string): string => urlOrArn.split(/[/:]/).at(-1) ?? '';

/** Looks at a queue: dead letters have to be none, and in a working queue nothing may have waited for long. `now` is epoch ms. */
export async function checkQueue(
  resource: DeployedResource,
  { sqs, cloudwatch }: QueueClients,
  now: number,
): Promise<Outcome> {
  const QueueUrl = resource.physical;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  const waiting = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
  const taken = Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0);
  if (waiting + taken === 0) return { status: 'ok', detail: 'empty' };
  const detail = `${waiting} messages wait, ${taken} are taken or to come again`;
  if (isDeadEnd(resource)) {
    const fix = `The runbook says under ${ALARM[resource.stack] ?? resource.stack} how to find the cause, and what then.`;
    return { status: 'warning', detail, fix };
  }
  const oldest = await oldestSeconds(queueName(QueueUrl), cloudwatch, now);
  if (oldest === undefined) return { status: 'ok', detail: `${detail}; for how long is not known` };
  const told = `${detail}; the oldest since ${oldest} s`;
  if (oldest <= MOST_WAITING_SECONDS) return { status: 'ok', detail: told };
  return { status: 'warning', detail: told, fix: 'Is its mapping enabled, and what does the log of its function say?' };
}

async function oldestSeconds(
  QueueName: string,
  cloudwatch: CloudWatchClient,
  now: number,
): Promise<number | undefined> {
  const { Datapoints = [] } = await cloudwatch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: QueueName }],
      StartTime: new Date(now - LOOK_BACK_MS),
      EndTime: new Date(now),
      Period: 60,
      Statistics: ['Maximum'],
    }),
  );
  const at = (point: (typeof Datapoints)[number]): number => point.Timestamp?.getTime() ?? 0;
  return Datapoints.sort((a, b) => at(a) - at(b)).at(-1)?.Maximum;
}
