import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type DeployedStacks, readStacks } from '../doctor/stacks.ts';
import type { GivenNames } from './args.ts';

/** What the commands that mend a deployment have to know of it. */
export interface DeploymentNames extends GivenNames {
  readonly sourcesTable: string | undefined;
  readonly sqlWorkgroup: string | undefined;
  readonly sqlDatabase: string | undefined;
  /** Where the raw archive lies. */
  readonly lakeBucket: string | undefined;
}

/** The stacks do not say what is needed. */
export class DeploymentNamesError extends Error {
  override name = 'DeploymentNamesError';
}

/** @throws DeploymentNamesError naming the stack and the output that is missing */
function namesIn({ outputs, resources }: DeployedStacks, prefix: string): DeploymentNames {
  const of = (stack: string, output: string): string | undefined => outputs.get(stack)?.[output];
  const needed = (output: string): string => {
    const value = of('redrive', output);
    if (value !== undefined) return value;
    throw new DeploymentNamesError(
      `The stack ${prefix}-redrive has no output ${output}. Is this the right region and account, and is it deployed?`,
    );
  };
  const physical = (type: string, stacks: readonly string[], logical: RegExp): string[] =>
    resources
      .filter((one) => one.type === type && stacks.includes(one.stack) && logical.test(one.logical))
      .map((one) => one.physical);
  const queues = physical('AWS::SQS::Queue', ['stitch', 'fire'], /DeadLetters|FailedBatches/);
  const [lakeBucket] = physical('AWS::S3::Bucket', ['lake'], /^Lake/);
  const [rawDeadLetters] = physical('AWS::SQS::Queue', ['collect'], /RawDeadLetters/);
  if (rawDeadLetters === undefined) {
    throw new DeploymentNamesError(`The stack ${prefix}-collect has no queue RawDeadLetters. Deploy it again.`);
  }
  return {
    bucket: needed('FailuresBucket'),
    rawQueue: needed('RawQueueUrl'),
    rawDeadLetters,
    archive: needed('ArchiveStream'),
    cleanStream: needed('CleanStream'),
    lakePrefix: needed('LakePrefix'),
    bus: needed('BusName'),
    queues,
    fireFunction: of('fire', 'FunctionName'),
    sourcesTable: of('collect', 'SourcesTable'),
    sqlWorkgroup: of('redrive', 'SqlWorkgroup'),
    sqlDatabase: of('redrive', 'SqlDatabase'),
    lakeBucket,
  };
}

/** The names of a deployed system, from the outputs of its stacks. @throws DeploymentNamesError, or what CloudFormation throws */
export async function deploymentNames(client: CloudFormationClient, prefix: string): Promise<DeploymentNames> {
  return namesIn(await readStacks(client, prefix), prefix);
}

export const givenNames = (given: GivenNames): DeploymentNames => ({
  ...given,
  sourcesTable: undefined,
  sqlWorkgroup: undefined,
  sqlDatabase: undefined,
  lakeBucket: undefined,
});
