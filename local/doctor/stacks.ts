import {
  type CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import type { Finding } from './finding.ts';

/** The stages that have a stack, in the order of the flow. */
export const STACKS = [
  'foundation',
  'lake',
  'collect',
  'import',
  'connect',
  'clean',
  'stitch',
  'fire',
  'serve',
  'redrive',
  'operations',
] as const;
const WELL = /^(CREATE|UPDATE|IMPORT)_COMPLETE$|^UPDATE_ROLLBACK_COMPLETE$/;

export interface DeployedResource {
  readonly stack: string;
  readonly type: string;
  readonly logical: string;
  readonly physical: string;
}

/** What CloudFormation says is deployed. */
export interface DeployedStacks {
  readonly findings: readonly Finding[];
  readonly resources: readonly DeployedResource[];
  /** By stack, then by output: `outputs.get('collect')?.collectUrl`. */
  readonly outputs: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

async function resourcesOf(client: CloudFormationClient, name: string, stack: string): Promise<DeployedResource[]> {
  const found: StackResourceSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListStackResourcesCommand({ StackName: name, NextToken }));
    found.push(...(page.StackResourceSummaries ?? []));
    ({ NextToken } = page);
  } while (NextToken);
  return found.flatMap(({ ResourceType: type, LogicalResourceId: logical, PhysicalResourceId: physical }) =>
    type && logical && physical ? [{ stack, type, logical, physical }] : [],
  );
}

const absent = (error: unknown): boolean => error instanceof Error && /does not exist/.test(error.message);

/** Looks at the stacks `<prefix>-foundation`, `<prefix>-collect` … of one region. @throws what CloudFormation throws */
export async function readStacks(client: CloudFormationClient, prefix: string): Promise<DeployedStacks> {
  const findings: Finding[] = [];
  const resources: DeployedResource[] = [];
  const outputs = new Map<string, Readonly<Record<string, string>>>();
  for (const stack of STACKS) {
    const name = `${prefix}-${stack}`;
    const check = `stack ${name}`;
    try {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
      const [found] = Stacks ?? [];
      const status = found?.StackStatus ?? 'unknown';
      const fix = 'Look at its events in CloudFormation, then deploy it again.';
      findings.push({ check, status: WELL.test(status) ? 'ok' : 'failed', detail: status, fix });
      const pairs = (found?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
      outputs.set(stack, Object.fromEntries(pairs));
      resources.push(...(await resourcesOf(client, name, stack)));
    } catch (error) {
      if (!absent(error)) throw error;
      const fix = 'Deploy all stacks: npx cdk deploy --all. Is this the right region and account?';
      findings.push({ check, status: 'failed', detail: 'is not there', fix });
    }
  }
  return { findings, resources, outputs };
}
