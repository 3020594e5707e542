import { readFileSync } from 'node:fs';
import {
  CfnResource,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
  Stack,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type Declaration, daysOf, declarationOf, partsOf, type Retention, type StoreDeclaration } from './store.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

type Properties = Readonly<Record<string, unknown>>;
/** For how many seconds a store keeps what is under a prefix, by its settings; undefined stands for ever. */
type Kept = (properties: Properties, prefix: string) => number | 'by_item' | undefined;

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const times = (value: unknown, unit: number) => (typeof value === 'number' ? value * unit : undefined);

/** How long a bucket keeps objects under a prefix: by the shortest rule that is about them all. */
const keptInBucket: Kept = ({ LifecycleConfiguration }, prefix) => {
  const rules = Reflect.get(Object(LifecycleConfiguration), 'Rules');
  const days = (Array.isArray(rules) ? rules : [])
    .filter((rule) => rule.Status === 'Enabled' && prefix.startsWith(rule.Prefix ?? ''))
    .flatMap((rule) => number(rule.ExpirationInDays) ?? []);
  return days.length > 0 ? Math.min(...days) * DAY : undefined;
};

/** Types that keep data, each with how its own settings say for how long; null where no setting of the type says it. */
const STORES: Readonly<Record<string, Kept | null>> = {
  'AWS::Athena::WorkGroup': null,
  'AWS::DynamoDB::Table': ({ TimeToLiveSpecification }) => (TimeToLiveSpecification ? 'by_item' : undefined),
  'AWS::Kinesis::Stream': ({ RetentionPeriodHours }) => times(RetentionPeriodHours ?? 24, HOUR),
  'AWS::KinesisFirehose::DeliveryStream': null,
  'AWS::Logs::LogGroup': ({ RetentionInDays }) => times(RetentionInDays, DAY),
  'AWS::S3::Bucket': keptInBucket,
  'AWS::Scheduler::ScheduleGroup': null,
  'AWS::SNS::Topic': null,
  'AWS::SQS::Queue': ({ MessageRetentionPeriod }) => number(MessageRetentionPeriod) ?? 4 * DAY,
};

/** Services whose resources are settings, or pass data on at once; of another's, somebody must say which it is. */
const NO_STORES =
  /^AWS::(?:ApiGateway|ApiGatewayV2|CloudWatch|Events|Glue|IAM|KMS|Lambda|LakeFormation|Route53|WAFv2|CertificateManager|StepFunctions|Budgets|XRay|Transfer)::|^AWS::Athena::(?:NamedQuery|PreparedStatement)$|^AWS::Logs::(?:LogStream|MetricFilter|QueryDefinition|ResourcePolicy)$|^AWS::S3::BucketPolicy$|^AWS::SNS::(?:Subscription|TopicPolicy)$|^AWS::SQS::QueuePolicy$|^AWS::CDK::Metadata$|^AWS::Scheduler::Schedule$|^Custom::LakeTables$/;

function secondsOf(store: IConstruct, of: Retention): number | undefined {
  if ('hours' in of) return of.hours * HOUR;
  return 'by' in of && of.by === 'upkeep' ? undefined : times(daysOf(store, of), DAY);
}

function contradictions(resource: CfnResource, declaration: Declaration, properties: Properties): string[] {
  const kept = STORES[resource.cfnResourceType];
  return partsOf(declaration).flatMap(([prefix, part]) => {
    const where = prefix === '' ? 'It' : `Its prefix ${prefix}`;
    const own = senseless(part).map((what) => `${where} ${what}`);
    if (!kept) return own;
    const said = secondsOf(resource, part.retention);
    const done = kept(properties, prefix);
    if (done === 'by_item' && said !== undefined) return own;
    const unit = (value: number | 'by_item' | undefined) =>
      typeof value === 'number' ? `for ${value / HOUR} hours` : value === undefined ? 'for ever' : 'as each item says';
    return said === done ? own : [...own, `${where} is declared to be kept ${unit(said)}, and is kept ${unit(done)}.`];
  });
}

/** A declaration that cannot be meant: whoever reads it would be told something false. */
function senseless({ pii, retention, erasure }: StoreDeclaration): string[] {
  return [
    ...(pii !== 'none' && erasure === 'not_needed'
      ? ['holds something of persons, which has to be erased somehow.']
      : []),
    ...(pii === 'none' && erasure !== 'not_needed' ? ['holds nothing of persons: there is nothing to erase.'] : []),
    ...(erasure === 'expires' && 'until' in retention && retention.until === 'erasure'
      ? ['is said to expire, and has no retention.']
      : []),
  ];
}

const FIX =
  'Say it where the store is made: declareStore(store, { holds, pii, retention, erasure }), see infra/constructs/store.ts.';

/** The resources of a tree that keep data, with what was declared of each. */
export function storesIn(root: IConstruct): { resource: CfnResource; declaration: Declaration | undefined }[] {
  return root.node.findAll().flatMap((resource) => {
    if (!CfnResource.isCfnResource(resource) || !(resource.cfnResourceType in STORES)) return [];
    const parent = resource.node.scope;
    const made = parent?.node.defaultChild === resource ? parent : resource;
    return [{ resource, declaration: declarationOf(made) ?? declarationOf(resource) }];
  });
}

/** Fails the synthesis for each store of which nothing is said, or something else than its settings do. */
export class StoreChecks implements IPolicyValidationPlugin {
  readonly name = 'Oneriver stores';

  validate({ appConstruct, stackTemplates }: IPolicyValidationContext): PolicyValidationPluginReport {
    const templates = new Map(
      stackTemplates.map(({ stackConstructPath, templatePath }) => [
        stackConstructPath,
        JSON.parse(readFileSync(templatePath, 'utf8')),
      ]),
    );
    const propertiesOf = (resource: CfnResource): Properties => {
      const stack = Stack.of(resource);
      return templates.get(stack.node.path)?.Resources[stack.resolve(resource.logicalId)]?.Properties ?? {};
    };
    const violations: PolicyViolation[] = [];
    const report = (resource: CfnResource, [ruleName, description, fix]: readonly [string, string, string]) =>
      violations.push({
        ruleName,
        description: `${resource.node.path}: ${description}`,
        fix,
        severity: 'error',
        violatingResources: [{ constructPath: resource.node.path, locations: ['Properties'] }],
      });
    for (const { resource, declaration } of storesIn(appConstruct)) {
      if (!declaration) {
        const what = `nobody says what this ${resource.cfnResourceType} holds of persons, for how long, and how it is erased.`;
        report(resource, ['store-declared', what, FIX]);
      } else {
        for (const what of contradictions(resource, declaration, propertiesOf(resource)))
          report(resource, ['store-as-declared', what, FIX]);
      }
    }
    for (const resource of appConstruct.node.findAll()) {
      if (!CfnResource.isCfnResource(resource)) continue;
      const type = resource.cfnResourceType;
      if (type in STORES || NO_STORES.test(type)) continue;
      const fix = `Add ${type} to STORES or to NO_STORES in infra/constructs/store-checks.ts.`;
      report(resource, ['store-known', `nobody says whether a ${type} keeps data.`, fix]);
    }
    return { success: violations.length === 0, violations };
  }
}
