import { RemovalPolicy, Tags } from 'aws-cdk-lib';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnLogGroup, CfnLogStream } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { Retention } from '../../functions/shared/retention.ts';
import type { Offers } from '../partition.ts';
import { acknowledge } from './acknowledge.ts';
import { tellWhatIsKept } from './kept.ts';
import { setRetention } from './store.ts';

/**
 * What holds for every resource of its kind that is there, whichever construct made it: tags, how long logs are kept and that
 * they go with their stack, traces; and what stays is named.
 */
export function everywhere(scope: IConstruct, { offers, retention }: { offers: Offers; retention: Retention }): void {
  const excludeResourceTypes = offers.mapping_tags ? [] : ['AWS::Lambda::EventSourceMapping'];
  Tags.of(scope).add('application', 'oneriver', { excludeResourceTypes });
  setRetention(scope, retention);
  for (const node of scope.node.findAll()) {
    if (node instanceof CfnLogGroup) node.retentionInDays = retention.logs;
    if (node instanceof CfnLogGroup || node instanceof CfnLogStream) node.applyRemovalPolicy(RemovalPolicy.DESTROY);
    if (node instanceof CfnFunction && !offers.function_traces) {
      node.tracingConfig = undefined;
      acknowledge(node, 'Lambda writes no traces in this partition.', 'Serverless-LambdaTracing');
    }
  }
  tellWhatIsKept(scope);
}
