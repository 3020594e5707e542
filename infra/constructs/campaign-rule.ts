import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import type { CampaignDefinition } from '../../schemas/definition.ts';

const MAX_AGE = Duration.hours(6);
const RETRIES = 20;

/**
 * A campaign as a rule on the deployment's bus: what triggers it goes to fire, which arms its timer. A company's own
 * targets can listen to the same event.
 */
export const campaignRule = (
  scope: Construct,
  campaign: CampaignDefinition,
  props: { bus: IEventBus; fire: IFunction; deadLetterQueue: IQueue },
): Rule =>
  new Rule(scope, `Campaign-${campaign.id}`, {
    eventBus: props.bus,
    description: campaign.title.en,
    enabled: campaign.active,
    eventPattern: {
      source: [TOPOLOGY.bus.source],
      detailType: [TOPOLOGY.bus.campaign_triggered],
      detail: { campaign: [campaign.id] },
    },
    targets: [
      new LambdaFunction(props.fire, {
        deadLetterQueue: props.deadLetterQueue,
        maxEventAge: MAX_AGE,
        retryAttempts: RETRIES,
      }),
    ],
  });
