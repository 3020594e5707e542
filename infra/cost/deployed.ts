import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topologyOf } from '../../functions/shared/topology.ts';
import { flow, oneriverApp } from '../app.ts';
import { type Deployment, readDeployment } from '../deployment.ts';
import { CostError } from './inputs.ts';
import type { Deployed } from './model.ts';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
type Template = { readonly Resources?: Readonly<Record<string, Resource>> };

/** The templates of a deployment, by the name of their stack, with the resources that it really has. */
function synthesise(deployment: Deployment): Map<string, readonly Resource[]> {
  const folder = mkdtempSync(join(tmpdir(), 'oneriver-cost-'));
  try {
    const app = oneriverApp(folder);
    flow(app, deployment);
    const stacks = app.synth().stacks.map(({ stackName, template }): [string, readonly Resource[]] => {
      const { Resources = {} } = template as Template; // what the CDK writes
      return [stackName, Object.values(Resources)];
    });
    return new Map(stacks);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CloudWatch bills an alarm by the metrics that it looks at. */
function metricsOf({ Properties }: Resource): number {
  const metrics = Properties?.Metrics;
  if (!Array.isArray(metrics)) return 1;
  return metrics.filter((metric) => typeof metric === 'object' && metric !== null && 'MetricStat' in metric).length;
}

/** Characters that API Gateway writes for most requests. */
const WRITTEN: Readonly<Record<string, number>> = {
  requestId: 36,
  httpMethod: 4,
  status: 3,
  responseLatency: 2,
  routeKey: 13,
  'error.responseType': 1,
  integrationErrorMessage: 1,
  wafResponseCode: 3,
};
/** What CloudWatch counts for each line, whatever is in it. */
const LINE_BYTES = 26;

/** Bytes of a line of the API's access log, as it is billed. @throws CostError for a field of unknown length */
function accessLogBytes(resources: readonly Resource[]): number {
  const settings = resources.map(
    ({ Properties }) => Properties?.AccessLogSetting ?? Properties?.AccessLogSettings,
  ) as readonly ({ readonly Format?: string } | undefined)[]; // of a stage of an API, whichever kind
  const format = settings.find((found) => found?.Format !== undefined)?.Format ?? '';
  const line = format.replaceAll(/\$context\.([\w.]+)/g, (_, field: string) => {
    const length = WRITTEN[field];
    if (length === undefined) throw new CostError(`How long $context.${field} of the access log is, nobody has said.`);
    return 'x'.repeat(length);
  });
  return line.length + LINE_BYTES;
}

/** What SQS takes where nothing is set. */
const KMS_REUSE_SECONDS = 300;

/** Of the queue whose messages are many: the one that has dead letters of its own. */
function dataKeySeconds(resources: readonly Resource[]): number {
  const queues = resources.filter(({ Type, Properties }) => Type === 'AWS::SQS::Queue' && Properties?.RedrivePolicy);
  return Math.min(
    ...queues.map(({ Properties }) => Number(Properties?.KmsDataKeyReusePeriodSeconds ?? KMS_REUSE_SECONDS)),
  );
}

/**
 * What is deployed, read from the templates themselves: nothing is priced that is not there, and nothing there is forgotten.
 * @throws CostError when a stage has no function with its memory.
 */
export function deployedAs(settings: Pick<Deployment, 'size' | 'firewall' | 'announce_new_persons'>): Deployed {
  const { size, firewall, announce_new_persons } = settings;
  const context: Readonly<Record<string, unknown>> = {
    ...{ size, firewall: String(firewall), announce_new_persons: String(announce_new_persons) },
  };
  const stacks = synthesise(readDeployment((key) => context[key], {}));
  const all = [...stacks.values()].flat();
  const ofType = (type: string): Resource[] => all.filter(({ Type }) => Type === type);
  const memoryOf = (stage: string): number => {
    const functions = (stacks.get(`oneriver-${stage}`) ?? []).filter(({ Type }) => Type === 'AWS::Lambda::Function');
    const memory = Math.max(...functions.map(({ Properties }) => Number(Properties?.MemorySize)));
    if (Number.isFinite(memory)) return memory;
    throw new CostError(`The stack oneriver-${stage} has no function that says its memory.`);
  };
  const rules = ofType('AWS::WAFv2::WebACL').flatMap(({ Properties }) => Properties?.Rules ?? []);
  return {
    ...{ size, firewall, announce_new_persons, topology: topologyOf(size) },
    counts: {
      alarms: ofType('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + metricsOf(alarm), 0),
      kms_keys: ofType('AWS::KMS::Key').length,
      waf_rules: rules.length,
      dashboards: ofType('AWS::CloudWatch::Dashboard').length,
    },
    access_log_bytes: accessLogBytes(stacks.get('oneriver-collect') ?? []),
    data_key_seconds: dataKeySeconds(stacks.get('oneriver-collect') ?? []),
    memory_mib: {
      collect: memoryOf('collect'),
      clean: memoryOf('clean'),
      stitch: memoryOf('stitch'),
      fire: memoryOf('fire'),
    },
  };
}
