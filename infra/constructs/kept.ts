import { CfnDeletionPolicy, CfnOutput, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Types of resources that are kept for what they are, not for data in them: nobody has to look after those. */
const WITHOUT_DATA = new Set(['AWS::ApiGateway::Account', 'AWS::IAM::Role']);

/** `Retain`, and where nothing is in it after a creation that failed, that without this one case. */
const KEEPING: ReadonlySet<CfnDeletionPolicy | undefined> = new Set([
  CfnDeletionPolicy.RETAIN,
  CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
]);

/** The resources with data that stay when their stack is destroyed. */
const keptBy = (stack: Stack): CfnResource[] =>
  stack.node
    .findAll()
    .filter((node): node is CfnResource => CfnResource.isCfnResource(node) && Stack.of(node) === stack)
    .filter(({ cfnOptions }) => KEEPING.has(cfnOptions.deletionPolicy))
    .filter(({ cfnResourceType }) => !WITHOUT_DATA.has(cfnResourceType));

const stacksOf = (scope: IConstruct): Stack[] => scope.node.findAll().filter((node) => Stack.isStack(node));

/** Names, in an output of each stack, what `cdk destroy` would leave: the deployment shows it, and so does the console. */
export function tellWhatIsKept(scope: IConstruct): void {
  for (const stack of stacksOf(scope)) {
    const kept = keptBy(stack);
    if (kept.length === 0) continue;
    new CfnOutput(stack, 'Kept', {
      description: 'What cdk destroy leaves, with the data in it; see docs/how-to/deploy.md',
      value: Fn.join(
        ', ',
        kept.map(({ ref }) => ref),
      ),
    });
  }
}
