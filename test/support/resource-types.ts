/**
 * Every type of resource that the stacks may use: which service of the partition `aws-cn` it belongs to, and what becomes of what
 * is in it when its stack is destroyed. A type that is not here fails the tests, so that nobody adds one without both answers.
 */
export interface ResourceType {
  /** Endpoint name of its service; CHINA_SERVICES says where there is one. */
  readonly service: string;
  /** `kept`: holds data, and stays when its stack goes. `none`: holds none, or nothing that is not made again. */
  readonly data: 'kept' | 'none';
}

const BEIJING = 'cn-north-1';
const NINGXIA = 'cn-northwest-1';
const BOTH = [BEIJING, NINGXIA];

/**
 * Services with an endpoint in mainland China, and in which regions: from `endpoints.json` of botocore 1.44.5, partition
 * `aws-cn`, read on 2026-11-22. There is no `cognito-idp` (user pools), `email` (SES) or `s3tables`. Services that are global in
 * a partition have one endpoint for both regions.
 */
export const CHINA_SERVICES: Readonly<Record<string, readonly string[]>> = {
  acm: BOTH,
  apigateway: BOTH,
  athena: BOTH,
  cloudformation: BOTH,
  dynamodb: BOTH,
  events: BOTH,
  firehose: BOTH,
  glue: BOTH,
  iam: BOTH,
  kinesis: BOTH,
  kms: BOTH,
  lakeformation: BOTH,
  lambda: BOTH,
  logs: BOTH,
  monitoring: BOTH,
  route53: BOTH,
  s3: BOTH,
  scheduler: BOTH,
  sns: BOTH,
  sqs: BOTH,
  wafv2: BOTH,
  xray: BOTH,
};

const none = (service: string): ResourceType => ({ service, data: 'none' });
const kept = (service: string): ResourceType => ({ service, data: 'kept' });

export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::ApiGateway::Account': none('apigateway'),
  'AWS::ApiGateway::Deployment': none('apigateway'),
  'AWS::ApiGateway::GatewayResponse': none('apigateway'),
  'AWS::ApiGateway::Method': none('apigateway'),
  'AWS::ApiGateway::Resource': none('apigateway'),
  'AWS::ApiGateway::RestApi': none('apigateway'),
  'AWS::ApiGateway::Stage': none('apigateway'),
  'AWS::ApiGatewayV2::Api': none('apigateway'),
  'AWS::ApiGatewayV2::ApiMapping': none('apigateway'),
  'AWS::ApiGatewayV2::Authorizer': none('apigateway'),
  'AWS::ApiGatewayV2::DomainName': none('apigateway'),
  'AWS::ApiGatewayV2::Integration': none('apigateway'),
  'AWS::ApiGatewayV2::Route': none('apigateway'),
  'AWS::ApiGatewayV2::Stage': none('apigateway'),
  'AWS::Athena::NamedQuery': none('athena'),
  'AWS::Athena::WorkGroup': none('athena'),
  'AWS::CertificateManager::Certificate': none('acm'),
  'AWS::CloudFormation::CustomResource': none('cloudformation'),
  'AWS::Budgets::Budget': none('budgets'),
  // What it makes lies in the lake's bucket, which is kept.
  'Custom::LakeTables': none('cloudformation'),
  'AWS::CloudWatch::Alarm': none('monitoring'),
  'AWS::CloudWatch::Dashboard': none('monitoring'),
  'AWS::DynamoDB::Table': kept('dynamodb'),
  'AWS::Events::EventBus': none('events'),
  'AWS::Events::Rule': none('events'),
  'AWS::Glue::Database': none('glue'),
  'AWS::Glue::Table': none('glue'),
  'AWS::IAM::Policy': none('iam'),
  'AWS::IAM::Role': none('iam'),
  'AWS::KMS::Alias': none('kms'),
  'AWS::KMS::Key': kept('kms'),
  'AWS::Kinesis::Stream': kept('kinesis'),
  'AWS::KinesisFirehose::DeliveryStream': none('firehose'),
  'AWS::Lambda::EventInvokeConfig': none('lambda'),
  'AWS::LakeFormation::PrincipalPermissions': none('lakeformation'),
  'AWS::LakeFormation::Tag': none('lakeformation'),
  'AWS::LakeFormation::TagAssociation': none('lakeformation'),
  'AWS::Lambda::EventSourceMapping': none('lambda'),
  'AWS::Lambda::Function': none('lambda'),
  'AWS::Lambda::Permission': none('lambda'),
  // Logs hold no personal data and are made again.
  'AWS::Logs::LogGroup': none('logs'),
  'AWS::Logs::LogStream': none('logs'),
  'AWS::Route53::RecordSet': none('route53'),
  'AWS::S3::Bucket': kept('s3'),
  'AWS::S3::BucketPolicy': none('s3'),
  'AWS::Scheduler::Schedule': none('scheduler'),
  // The timers of campaigns are in it.
  'AWS::Scheduler::ScheduleGroup': kept('scheduler'),
  'AWS::SNS::Subscription': none('sns'),
  'AWS::SNS::Topic': none('sns'),
  'AWS::SNS::TopicPolicy': none('sns'),
  'AWS::SQS::Queue': kept('sqs'),
  'AWS::SQS::QueuePolicy': none('sqs'),
  'AWS::WAFv2::WebACL': none('wafv2'),
  'AWS::XRay::SamplingRule': none('xray'),
  'AWS::WAFv2::WebACLAssociation': none('wafv2'),
};

/**
 * Service principals that are the same in every partition. The CDK's own table (`region-info`, 2.276) knows four that are not:
 * codedeploy, elasticmapreduce, logs and states; ec2 has another in China too. A new principal needs an entry, and a look.
 */
export const UNIVERSAL_PRINCIPALS: readonly string[] = [
  'apigateway.amazonaws.com',
  'cloudwatch.amazonaws.com',
  'events.amazonaws.com',
  'firehose.amazonaws.com',
  'lambda.amazonaws.com',
  'logging.s3.amazonaws.com',
  'scheduler.amazonaws.com',
];
