import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarm, FIVE_MINUTES } from './alarms.ts';

/** Says what happened and how long it took; no address and no query, which are personal. */
const ACCESS_LOG = JSON.stringify({
  request_id: '$context.requestId',
  time: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  latency_ms: '$context.responseLatency',
  response_bytes: '$context.responseLength',
  error: '$context.integrationErrorMessage',
});

export interface StageApiProps {
  readonly stage: string;
  readonly description: string;
  readonly path: string;
  readonly handler: IFunction;
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** Who may call; absent only where the function itself authenticates. */
  readonly authorizer?: IHttpRouteAuthorizer;
  readonly alarmTopic: ITopic;
}

/** An HTTP API that hands every request under one path to a stage's function, with limits, an access log and an alarm. */
export class StageApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, props: StageApiProps) {
    super(scope, id);
    const { stage, alarmTopic: topic } = props;
    this.api = new HttpApi(this, 'Api', { description: props.description, createDefaultStage: false });
    this.api.addRoutes({
      path: props.path,
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('Integration', props.handler),
      authorizer: props.authorizer,
    });
    const logGroup = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.rate, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(ACCESS_LOG),
      },
    });
    new CfnOutput(
      Stack.of(this),
      `${stage}-url`.replace(/-(.)/g, (_, c: string) => c.toUpperCase()),
      {
        value: this.api.apiEndpoint,
        description: props.description,
      },
    );
    alarm(this, `${stage}-5xx`, {
      topic,
      metric: this.api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      above: 0,
      periods: 2,
      description: `The ${stage} API answered with server errors.`,
    });
    alarm(this, `${stage}-latency`, {
      topic,
      metric: this.api.metricLatency({ period: FIVE_MINUTES, statistic: 'p99' }),
      above: Duration.seconds(props.authorizer ? 29 : 3).toMilliseconds(),
      periods: 3,
      description: `One in a hundred requests to the ${stage} API is slow.`,
    });
  }
}
