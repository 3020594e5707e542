import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { describe, expect, it } from 'vitest';
import { readStacks, STACKS } from '../../local/doctor/stacks.ts';
import { DeploymentNamesError, deploymentNames } from '../../local/redrive/deployment.ts';
import { answerCalls, OFFLINE } from '../support/recording-client.ts';
import { synthesise } from '../support/templates.ts';

/** CloudFormation with the stacks of a synthesised deployment: outputs and resources are named after their logical ids. */
function cloudFormation(without?: string): CloudFormationClient {
  const { stacks, template, names } = synthesise({ profile: 'china' });
  const byName = new Map(names.map((name) => [stacks[name].stackName, template(name).toJSON()]));
  if (without !== undefined) byName.delete(without);
  const client = new CloudFormationClient(OFFLINE);
  answerCalls(client, ({ command, input }) => {
    const found = byName.get(String(input.StackName));
    if (!found) return new Error(`Stack with id ${input.StackName} does not exist`);
    if (command === 'ListStackResources') {
      return {
        StackResourceSummaries: Object.entries(found.Resources as Record<string, { Type: string }>).map(
          ([id, { Type }]) => ({
            LogicalResourceId: id,
            ResourceType: Type,
            PhysicalResourceId: `${input.StackName} ${id}`,
          }),
        ),
      };
    }
    const Outputs = Object.keys(found.Outputs ?? {}).map((OutputKey) => ({
      OutputKey,
      OutputValue: `value of ${OutputKey}`,
    }));
    return { Stacks: [{ StackName: String(input.StackName), StackStatus: 'CREATE_COMPLETE', Outputs }] };
  });
  return client;
}

describe('the names of a deployment', () => {
  it('are all in the outputs and resources of the stacks that are deployed', async () => {
    const names = await deploymentNames(cloudFormation(), 'oneriver');
    expect(Object.entries(names).filter(([, value]) => value === undefined)).toEqual([]);
    expect(names.queues.map((url) => url.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'oneriver-stitch ConsumerFailedBatches',
      'oneriver-fire DeadLetters',
    ]);
    expect(names.lakeBucket).toMatch(/^oneriver-lake Lake[0-9A-F]{8}$/);
    expect(names.rawDeadLetters).toMatch(/^oneriver-collect RawDeadLetters[0-9A-F]{8}$/);
  });

  it('that are missing are named, with what to look for', async () => {
    const error = deploymentNames(cloudFormation('oneriver-redrive'), 'oneriver');
    await expect(error).rejects.toThrow(DeploymentNamesError);
    await expect(error).rejects.toThrow('The stack oneriver-redrive has no output FailuresBucket.');
  });
});

describe('the doctor', () => {
  it('looks at every stack that is deployed', () => {
    const { stacks, names } = synthesise();
    const deployed = names.map((name) => stacks[name].stackName);
    expect(STACKS.map((stack) => `oneriver-${stack}`).toSorted()).toEqual(deployed.toSorted());
  });

  it('knows the raw queue and its dead letters by their logical names', async () => {
    const { resources } = await readStacks(cloudFormation(), 'oneriver');
    const queues = resources.filter(({ stack, type }) => stack === 'collect' && type === 'AWS::SQS::Queue');
    expect(queues.map(({ logical }) => logical.slice(0, -8)).toSorted()).toEqual(['RawDeadLetters', 'RawQueue']);
  });
});
