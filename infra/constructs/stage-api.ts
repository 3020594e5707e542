import { Duration } from 'aws-cdk-lib';
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
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { FIVE_MINUTES } from './alarms.ts';
import { ApiDomain, type ApiDomainSettings } from './api-domain.ts';
import { accessLine, accessLog, tellUrl, watchApi } from './api-watch.ts';

const ACCESS_LINE = accessLine({ route: '$context.routeKey', error: '$context.integrationErrorMessage' });

/** What an API of either kind needs. */
export interface ApiProps {
  readonly stage: string;
  readonly description: string;
  readonly handler: IFunction;
  readonly throttle: { readonly rate: number; readonly burst: number };
  readonly domain?: ApiDomainSettings;
  readonly alarmTopic: ITopic;
}

export interface StageApiProps extends ApiProps {
  readonly path: string;
  /** Whether `/` leads to the function as well: `/{proxy+}` stands for at least one segment. */
  readonly root?: boolean;
  /** Who may call; absent only where the function itself authenticates. */
  readonly authorizer?: IHttpRouteAuthorizer;
}

/**
 * An HTTP API that hands every request under one path to a stage's function, with limits, an access log and alarms. HTTP APIs
 * take TLS 1.2 and later alone, and cannot be told what to answer when they throttle: a 429 without Retry-After.
 */
export class StageApi extends Construct {
  readonly api: HttpApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: StageApiProps) {
    super(scope, id);
    const { stage, description, domain } = props;
    this.api = new HttpApi(this, 'Api', {
      description,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
    });
    const integration = new HttpLambdaIntegration('Integration', props.handler);
    const { authorizer } = props;
    for (const path of props.root === true ? [props.path, '/'] : [props.path]) {
      this.api.addRoutes({ path, methods: [HttpMethod.ANY], integration, authorizer });
    }
    const deployed = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: props.throttle.rate, burstLimit: props.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog(this)),
        format: AccessLogFormat.custom(ACCESS_LINE),
      },
    });
    const own = domain && { settings: domain, apiId: this.api.apiId, stage: deployed.stageName, after: deployed };
    const target = own && new ApiDomain(this, 'Domain', own).target;
    this.url = domain ? `https://${domain.name}` : this.api.apiEndpoint;
    tellUrl(this, { stage, description, url: this.url, target });
    watchApi(this, {
      stage,
      topic: props.alarmTopic,
      errors: this.api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      latency: this.api.metricLatency({ period: FIVE_MINUTES, statistic: 'p99' }),
      slow: Duration.seconds(props.authorizer ? 29 : 3),
    });
  }
}
