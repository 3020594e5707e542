import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct, IConstruct } from 'constructs';

export interface AlarmProps {
  readonly topic: ITopic;
  readonly metric: IMetric;
  /** It goes off above this; or, for what has to happen all the time, `below` that. */
  readonly above?: number;
  readonly below?: number;
  /** Nothing measured raises it too: for what is measured all the time, if it is well. */
  readonly silence?: boolean;
  /** Periods in a row; one unless said. */
  readonly periods?: number;
  /** One sentence: what is happening. What to do is in the runbook. */
  readonly description: string;
}

export const FIVE_MINUTES = Duration.minutes(5);

/** Nothing measured is no harm, but where something was to happen it is the harm. */
function bound({ above, below, silence }: AlarmProps) {
  return below === undefined
    ? {
        threshold: above ?? 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        treatMissingData: silence ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
      }
    : {
        threshold: below,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        treatMissingData: TreatMissingData.BREACHING,
      };
}

/** An alarm named `oneriver-<name>` that tells the topic. Each has its section in docs/RUNBOOK.md, under that name. */
export function alarm(scope: Construct, name: string, props: AlarmProps): Alarm {
  const alarmName = `oneriver-${name}`;
  const made = new Alarm(scope, `Alarm-${name}`, {
    alarmName,
    alarmDescription: `${props.description} See docs/RUNBOOK.md, ${alarmName}.`,
    metric: props.metric,
    ...bound(props),
    evaluationPeriods: props.periods ?? 1,
  });
  made.addAlarmAction(new SnsAction(props.topic));
  return made;
}

/** The alarms of a stack, in the order of their names. */
export const alarmsOf = (scope: IConstruct): Alarm[] =>
  scope.node
    .findAll()
    .filter((made) => made instanceof Alarm)
    .toSorted((a, b) => a.node.id.localeCompare(b.node.id));
