import { describe, expect, it } from 'vitest';
import { SIZES, TOPOLOGY, topologyOf } from '../../functions/shared/topology.ts';
import { rolePolicies } from '../support/iam.ts';
import { synthesise } from '../support/templates.ts';

const { template, names } = synthesise();
const collect = template('collect');

const found = (type: string, id: RegExp) => {
  const [made] = Object.entries(collect.findResources(type)).filter(([name]) => id.test(name));
  if (!made) throw new Error(`The collect stack has no ${type} like ${id}.`);
  return { id: made[0], properties: made[1].Properties };
};
const queue = found('AWS::SQS::Queue', /^RawQueue/);
const deadLetters = found('AWS::SQS::Queue', /^RawDeadLetters/);

/** Which stages may do something to one of the two queues, by the roles' own policies. */
const whoMay = (action: string, id: string): string[] =>
  names
    .filter((name) =>
      [...rolePolicies(template(name)).values()]
        .flat()
        .some(({ actions, resources }) => actions.includes(action) && resources.some((one) => one.includes(id))),
    )
    .toSorted();

describe.each([
  ['raw queue', queue],
  ['dead letters of the raw queue', deadLetters],
])('the %s', (_, { id, properties }) => {
  it("are encrypted with the deployment's key, whose data keys serve for an hour", () => {
    expect(JSON.stringify(properties.KmsMasterKeyId)).toMatch(/ImportValue.*foundation.*Key/);
    expect(properties.KmsDataKeyReusePeriodSeconds).toBe(3_600);
  });

  it('keep messages as long as SQS keeps any', () => {
    expect(properties.MessageRetentionPeriod).toBe(TOPOLOGY.raw_queue.retention_days * 86_400);
    expect(TOPOLOGY.raw_queue.retention_days).toBe(14);
  });

  it('keep no order, which would bound how much they take', () => {
    expect([properties.FifoQueue, properties.QueueName]).toEqual([undefined, undefined]);
  });

  it('refuse whoever comes without TLS, and let nobody in by their own policy', () => {
    const policies = Object.values(collect.findResources('AWS::SQS::QueuePolicy')).map((one) => one.Properties);
    const [own] = policies.filter(({ Queues }) => JSON.stringify(Queues).includes(id));
    expect(own?.PolicyDocument.Statement).toEqual([
      {
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Resource: { 'Fn::GetAtt': [id, 'Arn'] },
      },
    ]);
  });

  it('stay when their stack goes', () => {
    expect(collect.findResources('AWS::SQS::Queue')[id]).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('the raw queue', () => {
  const { visibility_seconds, timeout_seconds, max_receives, retention_days, large_retention_days } =
    TOPOLOGY.raw_queue;

  it('hides a message for six times as long as its function may run', () => {
    template('clean').hasResourceProperties('AWS::Lambda::Function', { Timeout: timeout_seconds });
    expect(queue.properties.VisibilityTimeout).toBe(visibility_seconds);
    expect(visibility_seconds).toBeGreaterThanOrEqual(6 * timeout_seconds);
  });

  it('gives up on a message after many attempts, and well before it would be forgotten', () => {
    expect(queue.properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters.id, 'Arn'] },
      maxReceiveCount: max_receives,
    });
    // A message that failed comes again after a quarter of an hour at the latest.
    expect(max_receives * Math.max(900, visibility_seconds)).toBeLessThan((retention_days * 86_400) / 2);
    expect(deadLetters.properties.RedrivePolicy).toBeUndefined();
  });

  it('is told to those who take in, feed in again or declare, and to nobody else', () => {
    const senders = ['collect', 'connect', 'import', 'redrive', 'serve'];
    expect(whoMay('sqs:SendMessage', queue.id)).toEqual(senders);
    const knows = (name: (typeof names)[number]) =>
      Object.values(template(name).findResources('AWS::Lambda::Function')).some(
        ({ Properties }) => Properties.Environment?.Variables?.RAW_QUEUE_URL !== undefined,
      );
    expect(names.filter(knows).toSorted()).toEqual([...senders, 'clean'].toSorted());
  });

  it.each(['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility'])('lets clean alone %s', (action) => {
    expect(whoMay(`sqs:${action}`, queue.id)).toEqual(['clean']);
  });

  it('has dead letters that no function of the deployment may touch', () => {
    for (const action of ['SendMessage', 'ReceiveMessage', 'DeleteMessage', 'PurgeQueue', 'StartMessageMoveTask'])
      expect([action, whoMay(`sqs:${action}`, deadLetters.id)]).toEqual([action, []]);
  });

  it('has large records beside it that outlive their messages, however soon failures are forgotten', () => {
    const soon = synthesise({ retention: { ...synthesise().stacks.foundation.retention, failures: 2 } });
    const [failures] = Object.entries(soon.template('foundation').findResources('AWS::S3::Bucket')).filter(([id]) =>
      id.startsWith('Failures'),
    );
    const rules: { Prefix?: string; ExpirationInDays: number }[] =
      failures?.[1].Properties.LifecycleConfiguration.Rules ?? [];
    const days = Object.fromEntries(rules.map(({ Prefix = '', ExpirationInDays }) => [Prefix, ExpirationInDays]));
    expect(days).toEqual({ 'aws/lambda/': 2, 'spill/': 2, 'large/': large_retention_days });
    expect(large_retention_days).toBeGreaterThan(retention_days);
  });

  it('has large records that who sends may put there and clean may read', () => {
    const may = (action: string) =>
      names
        .filter((name) =>
          [...rolePolicies(template(name)).values()]
            .flat()
            .some((one) => one.actions.includes(action) && one.resources.some((text) => text.includes('/large/*'))),
        )
        .toSorted();
    expect(may('s3:PutObject')).toEqual(['collect', 'import', 'redrive']);
    expect(may('s3:GetObject')).toEqual(['clean']);
    expect(may('s3:DeleteObject')).toEqual([]);
  });
});

describe.each(SIZES.flatMap((size) => [`${size} global`, `${size} china`]))('clean in a deployment, %s', (kind) => {
  const [, size, profile] = /^(small|medium|large) (global|china)$/.exec(kind) ?? [];
  const own = SIZES.find((one) => one === size) ?? 'small';
  const clean = synthesise({ size: own, profile: profile === 'china' ? 'china' : 'global' }).template('clean');

  it('takes from the queue as the topology says, and names what failed', () => {
    const settings = topologyOf(own).consumers.clean;
    const mappings = Object.values(clean.findResources('AWS::Lambda::EventSourceMapping'));
    expect(mappings.map(({ Properties: { Tags, ...rest } }) => rest)).toEqual([
      {
        BatchSize: settings.batch_size,
        EventSourceArn: { 'Fn::ImportValue': expect.stringMatching(/collect.*RawQueue/) },
        FunctionName: { Ref: expect.stringMatching(/^Function/) },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ...(settings.window_seconds > 0 && { MaximumBatchingWindowInSeconds: settings.window_seconds }),
        ScalingConfig: { MaximumConcurrency: settings.concurrency },
      },
    ]);
    // What Lambda takes: 2 to 1,000 at a time, and up to 10,000 messages where it waits for them, ten where it does not.
    expect(settings.concurrency).toBeGreaterThanOrEqual(2);
    expect(settings.batch_size).toBeLessThanOrEqual(settings.window_seconds > 0 ? 10_000 : 10);
  });

  it('has a stream of its own for what it cleaned', () => {
    const { mode, retention_hours, shards } = topologyOf(own).streams.clean;
    const streams = Object.values(clean.findResources('AWS::Kinesis::Stream')).map(({ Properties }) => Properties);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      RetentionPeriodHours: retention_hours,
      StreamModeDetails: { StreamMode: mode === 'on_demand' ? 'ON_DEMAND' : 'PROVISIONED' },
    });
    expect(streams[0]?.ShardCount).toBe(shards);
  });
});
