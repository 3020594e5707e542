import { Aspects, Tags } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { Retention } from '../../functions/shared/retention.ts';
import type { Offers } from '../partition.ts';
import { setRetention } from './store.ts';

/** What holds for every resource of its kind, whichever construct made it: tags, how long logs are kept, traces. */
export function everywhere(scope: IConstruct, { offers, retention }: { offers: Offers; retention: Retention }): void {
  setRetention(scope, retention);
  const excludeResourceTypes = offers.mapping_tags ? [] : ['AWS::Lambda::EventSourceMapping'];
  Tags.of(scope).add('application', 'oneriver', { excludeResourceTypes });
  Aspects.of(scope).add({
    visit(node) {
      if (node instanceof CfnLogGroup) node.retentionInDays = retention.logs;
      if (node instanceof CfnFunction && !offers.function_traces) node.tracingConfig = undefined;
    },
  });
}
