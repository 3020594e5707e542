import { randomBytes } from 'node:crypto';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { runWriteKey, USAGE } from './write-keys/run.ts';
import { WriteKeyError, WriteKeyTable } from './write-keys/table.ts';

async function tableOf(stack: string): Promise<string> {
  const StackName = `${stack}-collect`;
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName }));
  const found = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'SourcesTable')?.OutputValue;
  if (!found) throw new WriteKeyError(`The stack ${StackName} names no table of sources; deploy it again.`);
  return found;
}

try {
  const text = await runWriteKey(process.argv.slice(2), {
    open: async ({ table, stack }) => new WriteKeyTable(new DynamoDBClient({}), table ?? (await tableOf(stack))),
    now: Date.now(),
    random: randomBytes,
  });
  process.stdout.write(`${text}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 1;
}
