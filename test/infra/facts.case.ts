import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import { synthesise } from '../support/templates.ts';

/** Whatever CloudFormation has. */
type Properties = ReturnType<Template['findResources']>[string];

/** A fact of every resource of a type, and a way to spoil it, with which the same test has to fail. */
interface Fact {
  readonly type: string;
  readonly says: string;
  readonly holds: (of: Properties) => boolean;
  readonly spoil: (of: Properties) => void;
  /** How many resources of the type there are at least. */
  readonly atLeast?: number;
}

const fact = (type: string, says: string, parts: Omit<Fact, 'type' | 'says'>): Fact => ({ type, says, ...parts });
const isOurKey = (key: unknown): boolean => /Key[0-9A-F]{8}/.test(JSON.stringify(key ?? ''));
const statements = (of: Properties): Properties[] => of.PolicyDocument?.Statement ?? of.KeyPolicy?.Statement ?? [];
const refusesPlain = (of: Properties): boolean =>
  statements(of).some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Deny' &&
      (Principal === '*' || Principal?.AWS === '*') &&
      Condition?.Bool?.['aws:SecureTransport'] === 'false',
  );
const refusesOldTls = (of: Properties): boolean =>
  statements(of).some(
    ({ Effect, Condition }) => Effect === 'Deny' && Number(Condition?.NumericLessThan?.['s3:TlsVersion']) >= 1.2,
  );
const allowsEverybody = (of: Properties): boolean =>
  statements(of).some(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && (Principal === '*' || Principal?.AWS === '*') && Condition === undefined,
  );
const dropDenials = (of: Properties): void => {
  of.PolicyDocument.Statement = statements(of).filter(({ Effect }) => Effect !== 'Deny');
};
const openToAll = (of: Properties): void => {
  statements(of).push({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sqs:SendMessage', Resource: '*' });
};
const inPolicies = (type: string): Fact[] => [
  fact(type, 'refuse what is not TLS', { holds: refusesPlain, spoil: dropDenials }),
  fact(type, 'let nobody in whom they do not name', { holds: (of) => !allowsEverybody(of), spoil: openToAll }),
];
const ofTheAccount = (of: Properties): boolean =>
  (of.AssumeRolePolicyDocument.Statement as Properties[]).every(
    ({ Principal }) =>
      Principal.Service !== undefined || /"AWS::AccountId"\},":root"/.test(JSON.stringify(Principal.AWS)),
  );

const FACTS: readonly Fact[] = [
  fact('AWS::DynamoDB::Table', 'are encrypted with our key', {
    atLeast: 4,
    holds: ({ SSESpecification: own }) => own?.SSEEnabled === true && isOurKey(own.KMSMasterKeyId),
    spoil: (of) => delete of.SSESpecification.KMSMasterKeyId,
  }),
  fact('AWS::DynamoDB::Table', 'can be restored to any second', {
    holds: (of) => of.PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
    spoil: (of) => delete of.PointInTimeRecoverySpecification,
  }),
  fact('AWS::DynamoDB::Table', 'cannot be deleted by mistake', {
    holds: (of) => of.DeletionProtectionEnabled === true,
    spoil: (of) => delete of.DeletionProtectionEnabled,
  }),
  fact('AWS::Kinesis::Stream', 'are encrypted with our key', {
    holds: (of) => of.StreamEncryption?.EncryptionType === 'KMS' && isOurKey(of.StreamEncryption.KeyId),
    spoil: (of) => delete of.StreamEncryption,
  }),
  fact('AWS::KinesisFirehose::DeliveryStream', 'are encrypted with our key, on the way and where they end', {
    atLeast: 8,
    holds: ({ DeliveryStreamEncryptionConfigurationInput: way, ...of }) =>
      way?.KeyType === 'CUSTOMER_MANAGED_CMK' &&
      isOurKey(way.KeyARN) &&
      isOurKey(of.ExtendedS3DestinationConfiguration.EncryptionConfiguration?.KMSEncryptionConfig?.AWSKMSKeyARN),
    spoil: (of) => delete of.ExtendedS3DestinationConfiguration.EncryptionConfiguration,
  }),
  fact('AWS::S3::Bucket', 'are closed to the public', {
    atLeast: 3,
    holds: ({ PublicAccessBlockConfiguration: own = {} }) =>
      ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].every((name) => own[name]),
    spoil: (of) => delete of.PublicAccessBlockConfiguration.BlockPublicPolicy,
  }),
  fact('AWS::S3::Bucket', 'are encrypted: with our key, but for the logs that S3 itself writes', {
    holds: ({ BucketEncryption: own, LoggingConfiguration: logged }) => {
      const rule = own?.ServerSideEncryptionConfiguration?.[0]?.ServerSideEncryptionByDefault;
      return logged
        ? rule?.SSEAlgorithm === 'aws:kms' && isOurKey(rule.KMSMasterKeyID)
        : rule?.SSEAlgorithm === 'AES256';
    },
    spoil: (of) => delete of.BucketEncryption,
  }),
  fact('AWS::S3::BucketPolicy', 'refuse TLS before 1.2', { atLeast: 3, holds: refusesOldTls, spoil: dropDenials }),
  ...['AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'].flatMap(inPolicies),
  fact('AWS::SNS::Topic', 'are encrypted with our key', {
    holds: (of) => isOurKey(of.KmsMasterKeyId),
    spoil: (of) => delete of.KmsMasterKeyId,
  }),
  fact('AWS::SQS::Queue', 'are encrypted with our key', {
    holds: (of) => isOurKey(of.KmsMasterKeyId),
    spoil: (of) => delete of.KmsMasterKeyId,
  }),
  fact('AWS::KMS::Key', 'are rotated each year', {
    atLeast: 2,
    holds: (of) => of.EnableKeyRotation === true,
    spoil: (of) => delete of.EnableKeyRotation,
  }),
  fact('AWS::KMS::Key', 'are for nobody whom they do not name', {
    holds: (of) => !allowsEverybody(of),
    spoil: openToAll,
  }),
  fact('AWS::Logs::LogGroup', 'are kept for a bounded time', {
    atLeast: 15,
    holds: (of) => Number.isInteger(of.RetentionInDays) && of.RetentionInDays <= 3653,
    spoil: (of) => delete of.RetentionInDays,
  }),
  fact('AWS::Lambda::Function', 'log JSON into a group of their own', {
    atLeast: 7,
    holds: (of) => of.LoggingConfig?.LogFormat === 'JSON' && of.LoggingConfig.LogGroup?.Ref !== undefined,
    spoil: (of) => delete of.LoggingConfig.LogGroup,
  }),
  fact('AWS::Lambda::Function', 'end within fifteen minutes, and within bounds of memory', {
    holds: (of) => of.Timeout > 0 && of.Timeout <= 900 && of.MemorySize >= 128 && of.MemorySize <= 3_008,
    spoil: (of) => delete of.Timeout,
  }),
  fact('AWS::Lambda::Function', 'have no secret in their environment that KMS has not wrapped', {
    holds: (of) =>
      Object.keys(of.Environment?.Variables ?? {}).every(
        (name) => !/SECRET|PASSWORD|TOKEN/.test(name) || /WRAPPED/.test(name),
      ),
    spoil: (of) => Object.assign(of.Environment.Variables, { API_SECRET: 'x' }),
  }),
  fact('AWS::IAM::Role', 'are for services, and for people of this account', {
    atLeast: 15,
    holds: ofTheAccount,
    spoil: (of) => of.AssumeRolePolicyDocument.Statement.push({ Effect: 'Allow', Principal: { AWS: '*' } }),
  }),
  fact('AWS::Athena::WorkGroup', 'bound what a query scans, encrypt results, and let no client say otherwise', {
    holds: ({ WorkGroupConfiguration: own = {} }) =>
      own.EnforceWorkGroupConfiguration === true &&
      own.BytesScannedCutoffPerQuery > 0 &&
      isOurKey(own.ResultConfiguration?.EncryptionConfiguration?.KmsKey),
    spoil: (of) => delete of.WorkGroupConfiguration.BytesScannedCutoffPerQuery,
  }),
  fact('AWS::Lambda::EventSourceMapping', 'give up in the end, and keep what they gave up on', {
    atLeast: 2,
    holds: (of) =>
      // A queue has attempts and dead letters of its own.
      of.ScalingConfig?.MaximumConcurrency > 0 ||
      (of.MaximumRetryAttempts >= 0 &&
        of.MaximumRecordAgeInSeconds > 0 &&
        of.DestinationConfig?.OnFailure?.Destination),
    spoil: (of) => [delete of.DestinationConfig, delete of.ScalingConfig],
  }),
];

const KINDS = [
  ['small', synthesise({ alarm_email: 'ops@example.com' })],
  ['large', synthesise({ size: 'large', firewall: false })],
  ['china', synthesise({ profile: 'china' })],
] as const;

describe.each(KINDS)('in a deployment (%s)', (_, { template, names }) => {
  const of = (type: string): [string, Properties][] =>
    names.flatMap((name) =>
      Object.entries(template(name).findResources(type)).map(([id, made]): [string, Properties] => [
        `${name}/${id}`,
        made.Properties,
      ]),
    );

  it.each(FACTS.map((own): [string, string, Fact] => [own.type, own.says, own]))('%s: all %s', (type, _says, own) => {
    const all = of(type);
    expect(all.length).toBeGreaterThanOrEqual(own.atLeast ?? 1);
    expect(all.filter(([, properties]) => !own.holds(properties)).map(([id]) => id)).toEqual([]);
    const spoilt: Properties = structuredClone(all[0]?.[1] ?? {});
    own.spoil(spoilt);
    expect(Boolean(own.holds(spoilt)), 'the fact would be noticed if it were not so').toBe(false);
  });

  it('has no door but the two APIs', () => {
    const doors = ['AWS::ApiGateway::RestApi', 'AWS::ApiGatewayV2::Api'].flatMap(of);
    expect(doors).toHaveLength(2);
    for (const type of [
      'AWS::Lambda::Url',
      'AWS::ElasticLoadBalancingV2::LoadBalancer',
      'AWS::CloudFront::Distribution',
    ])
      expect(of(type)).toEqual([]);
  });

  it('lets nobody into the API without a signature or a token, and throttles it', () => {
    for (const [id, route] of of('AWS::ApiGatewayV2::Route').filter(([name]) => name.startsWith('serve/')))
      expect([id, route.AuthorizationType]).toEqual([id, 'AWS_IAM']);
    const [stage] = of('AWS::ApiGatewayV2::Stage').filter(([name]) => name.startsWith('serve/'));
    expect(stage?.[1].DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(0);
    expect(stage?.[1].DefaultRouteSettings.ThrottlingRateLimit).toBeLessThanOrEqual(
      TOPOLOGY.limits.serve_requests_per_second * 10,
    );
  });
});
