import { CfnOutput, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { alarm } from './alarms.ts';
import { declareStore } from './store.ts';

/**
 * Says what happened and how long it took; no address and no query, which are personal. When it was, the log itself says of each
 * line: at one event a request the log is a twentieth of the bill, so nothing is in it twice.
 */
const FIELDS = {
  request_id: '$context.requestId',
  method: '$context.httpMethod',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
};

/** The line of JSON that an API writes for each request; `own` are the fields that only its kind knows. */
export const accessLine = (own: Readonly<Record<string, string>>): string => JSON.stringify({ ...FIELDS, ...own });

/** Where an API writes those lines. */
export const accessLog = (scope: Construct): LogGroup =>
  declareStore(
    new LogGroup(scope, 'AccessLog', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    {
      holds: 'method, status and duration of each request; no address, path or query',
      pii: 'none',
      retention: { class: 'logs' },
      erasure: 'not_needed',
    },
  );

/** Alarms of an API of either kind. */
export function watchApi(
  scope: Construct,
  props: { stage: string; topic: ITopic; errors: IMetric; latency: IMetric; slow: Duration },
): void {
  const { stage, topic } = props;
  alarm(scope, `${stage}-5xx`, {
    topic,
    metric: props.errors,
    above: 0,
    periods: 2,
    description: `The ${stage} API answered with server errors.`,
  });
  alarm(scope, `${stage}-latency`, {
    topic,
    metric: props.latency,
    above: props.slow.toMilliseconds(),
    periods: 3,
    description: `One in a hundred requests to the ${stage} API is slow.`,
  });
}

/** Prints where an API is, when its stack is deployed, and what its host name has to lead to. */
export function tellUrl(scope: Construct, props: { stage: string; description: string; url: string; target?: string }) {
  const stack = Stack.of(scope);
  new CfnOutput(stack, `${props.stage}Url`, { value: props.url, description: props.description });
  if (props.target !== undefined) {
    new CfnOutput(stack, `${props.stage}DomainTarget`, {
      value: props.target,
      description: `What the host name of the ${props.stage} API is an alias of`,
    });
  }
}
