import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { OUTBOUND } from '../../functions/shared/protocols/outbound.ts';
import { RECEIVERS } from '../../functions/shared/protocols/receivers.ts';
import { SourceDesk } from '../../functions/shared/sources/desk.ts';
import { DynamoSourceStore } from '../../functions/shared/sources/dynamo-sources.ts';
import { SourceError } from '../../functions/shared/sources/error.ts';
import { sealWithKms } from '../../functions/shared/sources/kms-seal.ts';
import { describeProtocols, protocolFacts } from '../../functions/shared/sources/protocols.ts';
import { sourceDesk } from '../source-desk.ts';
import { SourceRegistry } from '../sources.ts';
import { openDatabase } from '../sqlite.ts';
import { Meta } from '../state.ts';

/** A desk on a data folder or on a deployment, and what the command needs to know of it. */
export interface OpenDesk {
  readonly desk: SourceDesk;
  /** Where senders reach the collector. */
  readonly url: string;
  /** Whoever is at this machine. */
  readonly by: string;
  now(): number;
  close(): void;
}

export interface Where {
  readonly data: string;
  /** The beginning of the names of a deployment's stacks; absent for a data folder. */
  readonly stack: string | undefined;
}

const by = (): string => `${userInfo().username} (npm run source)`;

/** @throws SourceError where there is no such folder or deployment */
export const openSourceDesk = async ({ data, stack }: Where): Promise<OpenDesk> =>
  stack === undefined ? openFolder(resolve(data)) : await openDeployment(stack);

/** A running server sees every change at its next request: both read the same file. */
function openFolder(dir: string): OpenDesk {
  if (!existsSync(join(dir, 'keys'))) {
    throw new SourceError('not_found', `There is no data folder ${dir}; run npm start once, or name it with --data.`);
  }
  const clock = { now: () => Date.now() + clockOffset(dir) };
  const registry = new SourceRegistry(dir, { clock });
  const desk = sourceDesk(registry, clock);
  return { desk, url: urlOf(dir), by: by(), now: clock.now, close: () => registry.close() };
}

/** The server's clock may have been moved forward; overlaps end by that clock. */
function clockOffset(dir: string): number {
  const file = join(dir, 'state.db');
  if (!existsSync(file)) return 0;
  const db = openDatabase(file);
  try {
    return new Meta(db).getNumber('clock.offset_ms', 0);
  } finally {
    db.close();
  }
}

function urlOf(dir: string): string {
  const file = join(dir, 'dev.json');
  const known: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const { url } = Object(known) as { url?: unknown };
  return typeof url === 'string' ? url : 'http://127.0.0.1:8787';
}

async function openDeployment(stack: string): Promise<OpenDesk> {
  const outputs = await outputsOf(`${stack}-collect`);
  const named = (name: string): string => {
    const value = outputs.get(name);
    if (value) return value;
    throw new SourceError('not_found', `The stack ${stack}-collect has no output ${name}; deploy it again.`);
  };
  const desk = new SourceDesk({
    store: new DynamoSourceStore(new DynamoDBClient({}), named('SourcesTable')),
    protocols: protocolFacts(describeProtocols([...RECEIVERS, ...OUTBOUND])),
    now: Date.now,
    random: randomBytes,
    seal: sealWithKms(new KMSClient({}), named('SourcesKey')),
  });
  return { desk, url: named('collectUrl'), by: by(), now: Date.now, close: () => undefined };
}

async function outputsOf(StackName: string): Promise<Map<string, string>> {
  const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName }));
  return new Map((Stacks?.[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
}
