import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { render } from '../../../local/doctor/finding.ts';
import { checkResources } from '../../../local/doctor/resources.ts';
import type { DeployedResource } from '../../../local/doctor/stacks.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const QUEUES = 'https://sqs.eu-central-1.amazonaws.com/123456789012';
const ARN = 'arn:aws:sqs:eu-central-1:123456789012';

const queue = (stack: string, logical: string): DeployedResource => ({
  ...{ stack, type: 'AWS::SQS::Queue', logical, physical: `${QUEUES}/${stack}-${logical}` },
});
const RAW = queue('collect', 'RawQueue7B2D');
const MAPPING: DeployedResource = {
  ...{ stack: 'clean', type: 'AWS::Lambda::EventSourceMapping', logical: 'ConsumerMapping', physical: 'uuid' },
};

interface State {
  /** Messages that wait, and that are taken. */
  readonly depth?: readonly [number, number];
  /** What CloudWatch knows of the age of the oldest, by minutes ago. */
  readonly ages?: readonly (readonly [minutesAgo: number, seconds: number])[];
  readonly mapping?: Record<string, unknown>;
}

/** What the doctor finds in a deployment, line by line; nothing that was asked for is left out. */
async function findings(
  resources: readonly DeployedResource[],
  { depth = [0, 0], ages = [], mapping = {} }: State = {},
) {
  const clients = {
    lambda: new LambdaClient(OFFLINE),
    kinesis: new KinesisClient(OFFLINE),
    dynamo: new DynamoDBClient(OFFLINE),
    firehose: new FirehoseClient(OFFLINE),
    sqs: new SQSClient(OFFLINE),
    cloudwatch: new CloudWatchClient(OFFLINE),
  };
  const [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible] = depth.map(String);
  answerCalls(clients.sqs, () => ({
    Attributes: { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible },
  }));
  const asked = answerCalls(clients.cloudwatch, () => ({
    Datapoints: ages.map(([ago, Maximum]) => ({ Timestamp: new Date(NOW - ago * 60_000), Maximum })),
  }));
  answerCalls(clients.lambda, () => ({ State: 'Enabled', EventSourceArn: `${ARN}:collect-RawQueue7B2D`, ...mapping }));
  const found = await checkResources(resources, clients, () => NOW);
  return { found, asked, text: found.map(render).join('\n') };
}

describe('the doctor on queues', () => {
  it('finds an empty one well, whatever it is for', async () => {
    const { found } = await findings([RAW, queue('collect', 'RawDeadLetters'), queue('fire', 'DeadLetters')]);
    expect(found.map(({ status, detail }) => `${status} ${detail}`)).toEqual(['ok empty', 'ok empty', 'ok empty']);
  });

  it('lets the raw queue hold what has just come, and says how much and since when', async () => {
    const state = {
      depth: [40, 3],
      ages: [
        [2, 900],
        [1, 4],
      ],
    } as const;
    const { text, asked } = await findings([RAW], state);
    expect(text).toBe(
      '✓ collect Queue RawQueue7B2D: 40 messages wait, 3 are taken or to come again; the oldest since 4 s',
    );
    expect(asked[0]?.input).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Dimensions: [{ Name: 'QueueName', Value: 'collect-RawQueue7B2D' }],
      StartTime: new Date(NOW - 600_000),
      EndTime: new Date(NOW),
    });
  });

  it('warns where the raw queue has waited for longer than its alarm allows', async () => {
    const { text } = await findings([RAW], { depth: [0, 7], ages: [[1, 301]] });
    expect(text).toContain('! collect Queue RawQueue7B2D: 0 messages wait, 7 are taken');
    expect(text).toContain('the oldest since 301 s\n    Is its mapping enabled');
  });

  it('says that it does not know an age that nobody measured', async () => {
    const { text } = await findings([RAW], { depth: [1, 0] });
    expect(text).toMatch(/^✓ .*; for how long is not known$/);
  });

  it.each([
    ['collect', 'RawDeadLetters', 'oneriver-raw-dead-letters'],
    ['fire', 'DeadLetters', 'oneriver-fire-dead-letters'],
    ['stitch', 'ConsumerFailedBatches', 'oneriver-stitch-on-failure'],
    ['import', 'DeadLetters', 'oneriver-import-dead-letters'],
  ])('warns of every dead letter of %s, with the section that tells what to do', async (stack, logical, section) => {
    const { text, asked } = await findings([queue(stack, logical)], { depth: [2, 0] });
    expect(text).toMatch(/^! .*: 2 messages wait/);
    expect(text).toContain(`The runbook says under ${section} how`);
    expect(asked).toEqual([]);
  });
});

describe('the doctor on what feeds clean', () => {
  it('is content where it is enabled and reads the raw queue', async () => {
    const { text } = await findings([MAPPING, RAW]);
    expect(text).toContain('✓ clean EventSourceMapping ConsumerMapping: Enabled');
  });

  it.each([
    [{ EventSourceArn: 'arn:aws:kinesis:eu-central-1:123456789012:stream/raw' }, 'reads arn:aws:kinesis'],
    [{ EventSourceArn: `${ARN}:collect-RawDeadLetters` }, 'It has to read the raw queue'],
    [{ EventSourceArn: undefined }, 'It has to read the raw queue'],
    [{ State: 'Disabled' }, 'Enable it'],
    [{ LastProcessingResult: 'PROBLEM: Function call failed' }, "Look into the function's log"],
  ])('fails where it does not: %j', async (mapping, says) => {
    const { found, text } = await findings([MAPPING, RAW, queue('collect', 'RawDeadLetters')], { mapping });
    expect(found[0]?.status).toBe('failed');
    expect(text).toContain(says);
  });

  it('asks of the mapping of stitch only that it runs', async () => {
    const EventSourceArn = 'arn:aws:kinesis:eu-central-1:123456789012:stream/clean';
    const { found } = await findings([{ ...MAPPING, stack: 'stitch' }, RAW], { mapping: { EventSourceArn } });
    expect(found[0]?.status).toBe('ok');
  });
});
