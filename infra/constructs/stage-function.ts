import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Static, TObject } from 'typebox';
import { acknowledge } from './acknowledge.ts';
import { alarm, FIVE_MINUTES } from './alarms.ts';
import { bundle } from './bundle.ts';
import { declareStore } from './store.ts';

export interface StageFunctionProps<S extends TObject> {
  /** The folder under `functions/`. */
  readonly stage: string;
  readonly description: string;
  /** The stage's `env.ts`: a variable that it names and `environment` lacks does not pass the type check. */
  readonly schema: S;
  readonly environment: Static<S>;
  readonly memory_mib: number;
  readonly timeout_seconds: number;
  /**
   * Whether calls are traced that no caller has decided on: the first of each second, and of the others one in twenty. No sampling rule
   * changes that, and a trace costs more than most calls; so only for what is called by few, or by whoever decides.
   */
  readonly traced?: boolean;
  readonly alarmTopic: ITopic;
  /** False where another alarm goes off when it fails: each alarm costs as much as a hundred thousand requests. */
  readonly watched?: boolean;
}

/** A stage's Lambda function with a role, a log group and an alarm of its own. */
export class StageFunction<S extends TObject> extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: StageFunctionProps<S>) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    declareStore(logGroup, {
      holds: 'ids of requests and batches, counts, names of errors',
      pii: 'none',
      retention: { class: 'logs' },
      erasure: 'not_needed',
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(this.role);
    acknowledge(
      this.role,
      'X-Ray has no resources that a permission to write traces could name.',
      'AwsSolutions-IAM5[Resource::*]',
    );
    this.lambda = new LambdaFunction(this, 'Function', {
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(bundle(props.stage).directory),
      environment: defined(props.environment),
      memorySize: props.memory_mib,
      timeout: Duration.seconds(props.timeout_seconds),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Start, end and report of each invocation would be most of the log; CloudWatch has the same figures as metrics.
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: props.traced ? Tracing.ACTIVE : Tracing.PASS_THROUGH,
    });
    if (!props.traced) {
      acknowledge(
        this.lambda,
        'Lambda would sample by a rate of its own, which costs more than the calls; the metrics of the function say how long they took.',
        'Serverless-LambdaTracing',
      );
    }
    acknowledge(
      this.lambda,
      'What a function called asynchronously gives up on goes to its destination, with more in it; nothing goes to two places.',
      'Serverless-LambdaDLQ',
    );
    if (props.watched !== false) this.#watch(props);
    new CfnOutput(Stack.of(this), 'FunctionName', { value: this.lambda.functionName });
  }

  /** Lets the function do these things to these resources, and says so in its own policy. */
  allow(resources: readonly string[], ...actions: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  get grantPrincipal(): IGrantable['grantPrincipal'] {
    return this.role.grantPrincipal;
  }

  #watch({ stage, alarmTopic: topic }: StageFunctionProps<S>): void {
    alarm(this, `${stage}-errors`, {
      topic,
      metric: this.lambda.metricErrors({ period: FIVE_MINUTES }),
      above: 0,
      periods: 2,
      description: `The ${stage} function failed in two periods in a row.`,
    });
  }
}

/** Optional variables that are not set are not in the environment at all. */
const defined = (environment: object): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined));
