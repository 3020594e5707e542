import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

export interface AlarmProps {
  readonly topic: ITopic;
  readonly metric: IMetric;
  /** It goes off above this. */
  readonly above: number;
  /** Periods in a row; one unless said. */
  readonly periods?: number;
  /** One sentence: what is happening. What to do is in the runbook. */
  readonly description: string;
}

export const FIVE_MINUTES = Duration.minutes(5);

/** An alarm named `oneriver-<name>` that tells the topic. Each has its section in docs/RUNBOOK.md, under that name. */
export function alarm(scope: Construct, name: string, props: AlarmProps): Alarm {
  const alarmName = `oneriver-${name}`;
  const made = new Alarm(scope, `Alarm-${name}`, {
    alarmName,
    alarmDescription: `${props.description} See docs/RUNBOOK.md, ${alarmName}.`,
    metric: props.metric,
    threshold: props.above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: props.periods ?? 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  made.addAlarmAction(new SnsAction(props.topic));
  return made;
}
