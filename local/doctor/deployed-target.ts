import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { hashKey } from '../../functions/shared/sources/keys.ts';
import type { Source } from '../../schemas/event.ts';
import type { CanaryTarget } from './canary.ts';
import { httpTarget, type Send } from './http-target.ts';
import { signedFetch } from './signed-fetch.ts';
import type { DeployedStacks } from './stacks.ts';

/** What a stack should have and does not. */
export class DoctorError extends Error {
  override name = 'DoctorError';
}

function outputOf({ outputs }: DeployedStacks, stack: string, name: string): string {
  const value = outputs.get(stack)?.[name];
  if (value !== undefined && value !== '') return value;
  throw new DoctorError(`The stack of ${stack} has no output ${name}. Deploy it again with this version.`);
}

/** A source of its own, with a key that exists for one run. */
export async function doctorSource(
  dynamo: DynamoDBClient,
  { resources }: DeployedStacks,
  id: string,
): Promise<{ writeKey: string; remove(): Promise<void> }> {
  const table = resources.find(({ stack, type }) => stack === 'collect' && type === 'AWS::DynamoDB::Table');
  if (!table) throw new DoctorError('The stack of collect has no table of sources. Deploy it again.');
  const writeKey = randomBytes(24).toString('hex');
  const TableName = table.physical;
  const key_hash = { S: hashKey(writeKey) };
  const source: Source = {
    ...{ source_id: 'doctor', name: `Doctor ${id}`, channel: 'server', class: 'public', allowed_origins: [] },
    ...{ default_region: 'CN', time_zone: 'UTC' },
  };
  await dynamo.send(new PutItemCommand({ TableName, Item: { key_hash, source: { S: JSON.stringify(source) } } }));
  return {
    writeKey,
    remove: async () => void (await dynamo.send(new DeleteItemCommand({ TableName, Key: { key_hash } }))),
  };
}

/** The API with a token of the company's own sign-in, or signed with the caller's AWS credentials. */
async function apiFetch(tokenFile: string | undefined, lambda: LambdaClient): Promise<Send> {
  if (tokenFile === undefined) {
    return signedFetch({ credentials: lambda.config.credentials, region: await lambda.config.region() });
  }
  const headers = {
    authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`,
    'content-type': 'application/json',
  };
  return (address, init) => fetch(address, { ...init, headers, signal: AbortSignal.timeout(30_000) });
}

/** The deployed collector and API, as the outputs of their stacks name them. @throws DoctorError where they do not. */
export async function deployedTarget(
  stacks: DeployedStacks,
  options: { readonly writeKey: string; readonly lambda: LambdaClient; readonly tokenFile: string | undefined },
): Promise<CanaryTarget> {
  return httpTarget({
    collector: outputOf(stacks, 'collect', 'collectUrl'),
    api: outputOf(stacks, 'serve', 'serveUrl'),
    writeKey: options.writeKey,
    send: await apiFetch(options.tokenFile, options.lambda),
  });
}
