import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  CfnRestApi,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  ResponseType,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { Construct } from 'constructs';
import type { ReasonCode } from '../../schemas/reasons.ts';
import { acknowledge } from './acknowledge.ts';
import { FIVE_MINUTES } from './alarms.ts';
import { ApiDomain } from './api-domain.ts';
import { accessLine, accessLog, tellUrl, watchApi } from './api-watch.ts';
import { Firewall } from './firewall.ts';
import { refusalBody } from './refusal.ts';
import type { ApiProps } from './stage-api.ts';

/**
 * The first part of every path of the collector: API Gateway puts the stage's name in front of paths on its own host, and a
 * stage of this name makes the host answer to the very paths that SDKs ask for.
 */
export const REST_STAGE = 'v1';

const TLS_1_2_AND_1_3 = 'SecurityPolicy_TLS13_1_2_2021_06';
/** A bucket of request tokens fills up within a second. */
const RETRY_AFTER_SECONDS = 2;

const ACCESS_LINE = accessLine({ error: '$context.error.responseType', firewall: '$context.wafResponseCode' });

/** What the gateway answers where the request does not reach the function, and whether coming back later helps. */
const ANSWERS: readonly (readonly [type: ResponseType, status: number, reason: ReasonCode, detail: string])[] = [
  [ResponseType.THROTTLED, 429, 'overloaded', 'The collector takes no more requests this second.'],
  [ResponseType.QUOTA_EXCEEDED, 429, 'overloaded', 'The collector takes no more requests now.'],
  [ResponseType.DEFAULT_5XX, 503, 'overloaded', 'The collector could not be reached.'],
  [ResponseType.REQUEST_TOO_LARGE, 413, 'body_too_large', 'The body is larger than any that could be taken.'],
  [ResponseType.WAF_FILTERED, 403, 'blocked_by_firewall', 'The firewall stopped the request.'],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 404, 'unknown_path', 'There is no such path.'],
];

export interface WalledApiProps extends ApiProps {
  /** Most requests from one address within five minutes. */
  readonly requestsPerAddress: number;
  /** Whether the API decides which requests are traced: where functions write no traces, and no sampling rule is, it does not. */
  readonly traced: boolean;
}

/**
 * A regional REST API that hands every request to a stage's function, behind a firewall: an HTTP API cannot stand behind
 * one. The firewall is tied to the only stage, so there is no way around it, by whichever host name. Bodies keep their
 * bytes: every type counts as binary.
 */
export class WalledApi extends Construct {
  readonly api: RestApi;
  readonly url: string;

  constructor(scope: Construct, id: string, props: WalledApiProps) {
    super(scope, id);
    const { stage, description, domain } = props;
    this.api = this.#restApi(props);
    this.#answerAlone();
    const { deploymentStage } = this.api;
    new Firewall(this, 'Firewall', {
      name: `oneriver-${stage}`,
      stageArn: deploymentStage.stageArn,
      requestsPerAddress: props.requestsPerAddress,
    });
    const own = domain && { settings: domain, apiId: this.api.restApiId, stage: REST_STAGE, after: deploymentStage };
    const target = own && new ApiDomain(this, 'Domain', own).target;
    const { region, urlSuffix } = Stack.of(this);
    const host = domain?.name ?? `${this.api.restApiId}.execute-api.${region}.${urlSuffix}`;
    this.url = `https://${host}`;
    tellUrl(this, { stage, description, url: this.url, target });
    watchApi(this, {
      stage,
      topic: props.alarmTopic,
      errors: this.api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
      latency: this.api.metricLatency({ period: FIVE_MINUTES, statistic: 'p99' }),
      slow: Duration.seconds(3),
    });
  }

  #restApi({ stage, description, handler, throttle, domain, traced }: WalledApiProps): RestApi {
    // Not named as the HTTP API is: CloudFormation cannot turn a resource into one of another type under the same id.
    const api = new RestApi(this, 'Rest', {
      restApiName: `oneriver-${stage}`,
      description,
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes: ['*/*'],
      disableExecuteApiEndpoint: domain !== undefined,
      // API Gateway writes access logs of REST APIs under one role per account and region, which other APIs may come to use.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: REST_STAGE,
        throttlingRateLimit: throttle.rate,
        throttlingBurstLimit: throttle.burst,
        tracingEnabled: traced,
        accessLogDestination: new LogGroupLogDestination(accessLog(this)),
        accessLogFormat: AccessLogFormat.custom(ACCESS_LINE),
      },
    });
    const integration = new LambdaIntegration(handler, { allowTestInvoke: false });
    for (const resource of [api.root, api.root.addResource('{proxy+}')]) resource.addMethod('ANY', integration);
    // An address with the stage's name at its end, which SDKs would send to as /v1/v1.
    api.node.tryRemoveChild('Endpoint');
    if (api.node.defaultChild instanceof CfnRestApi) {
      api.node.defaultChild.securityPolicy = TLS_1_2_AND_1_3;
      api.node.defaultChild.endpointAccessMode = 'STRICT';
    }
    acknowledgeOpenDoor(api);
    if (!traced) acknowledge(api, 'Functions write no traces in this partition.', 'Serverless-APIGWXrayEnabled');
    return api;
  }

  /** The same fields as the function answers, for any page to read: there is nothing of the request in them. */
  #answerAlone(): void {
    for (const [type, status, reason, detail] of ANSWERS) {
      const again = status === 429 || status === 503;
      this.api.addGatewayResponse(type.responseType, {
        type,
        statusCode: String(status),
        responseHeaders: {
          'Access-Control-Allow-Origin': "'*'",
          ...(again && {
            'Access-Control-Expose-Headers': "'Retry-After'",
            'Retry-After': `'${RETRY_AFTER_SECONDS}'`,
          }),
        },
        templates: { 'application/json': refusalBody(reason, detail) },
      });
    }
  }
}

function acknowledgeOpenDoor(api: RestApi): void {
  acknowledge(
    api,
    'Tracking SDKs cannot sign in: each request is authenticated by its write key, in the function.',
    'AwsSolutions-APIG4',
    'AwsSolutions-COG4',
  );
  acknowledge(
    api,
    'The function checks bodies, which may be gzipped, and answers for each event what is wrong with it.',
    'AwsSolutions-APIG2',
  );
  acknowledge(
    api,
    'Execution logs hold heads and bodies of requests, which are personal; the access log and the function say what happened.',
    'AwsSolutions-APIG6',
  );
  acknowledge(
    api,
    'API Gateway accepts no narrower policy for the role that it writes access logs with: one role per account and region.',
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
  );
}
