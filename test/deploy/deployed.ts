import { randomBytes } from 'node:crypto';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { BatchWriteItemCommand, DynamoDBClient, GetItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, vi } from 'vitest';
import { hashKey } from '../../functions/shared/sources/keys.ts';
import { Sha256 } from '../../local/doctor/signed-fetch.ts';
import type { Message } from '../../schemas/decision.ts';
import sources from '../../schemas/sources/retail.json' with { type: 'json' };
import { type Answer, type SendOptions, send } from '../support/server.ts';
import { Target } from '../support/target.ts';

const LOOK_EVERY_MS = 500;

export interface Deployment {
  readonly collectUrl: string;
  readonly serveUrl: string;
  /** How long what was sent may take to be seen everywhere: lake files are written every few minutes on AWS. */
  readonly patience_ms: number;
}

/** The name that CloudFormation gave to a resource of a stack. @throws Error when there is none or several */
export async function physicalName(stack: string, type: string, logicalPrefix: string): Promise<string> {
  const client = new CloudFormationClient({});
  const found: string[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
    for (const resource of page.StackResourceSummaries ?? []) {
      if (resource.ResourceType !== type || !resource.LogicalResourceId?.startsWith(logicalPrefix)) continue;
      if (resource.PhysicalResourceId !== undefined) found.push(resource.PhysicalResourceId);
    }
  }
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new Error(`Stack ${stack} has ${found.length} resources ${type} named ${logicalPrefix}…, expected one.`);
  }
  return name;
}

/** The deployed stacks: the collector by its write keys, the API by signed requests, the outbox in its table. */
export class DeployedTarget extends Target {
  readonly run = `t${randomBytes(4).toString('hex')}-`;
  readonly sdk: Target['sdk'];
  readonly #deployment: Deployment;
  readonly #dynamo = new DynamoDBClient({});
  readonly #signer: SignatureV4;
  readonly #tables: { readonly sources: string; readonly outbox: string };

  private constructor(deployment: Deployment, tables: { sources: string; outbox: string }) {
    const secret = () => randomBytes(24).toString('base64url');
    super(deployment.collectUrl, Object.fromEntries(sources.map(({ source_id }) => [source_id, secret()])));
    this.#deployment = deployment;
    this.#tables = tables;
    const { origin, pathname } = new URL(`${deployment.collectUrl}/v1/batch`);
    this.sdk = { host: origin, path: pathname };
    const { region, credentials } = this.#dynamo.config;
    this.#signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  }

  /** Gives the shipped sources write keys of this run. */
  static async open(deployment: Deployment): Promise<DeployedTarget> {
    const table = 'AWS::DynamoDB::Table';
    const target = new DeployedTarget(deployment, {
      sources: await physicalName('oneriver-collect', table, 'Sources'),
      outbox: await physicalName('oneriver-fire', table, 'Outbox'),
    });
    await target.#writeSources((source) => ({
      PutRequest: {
        Item: { key_hash: { S: hashKey(target.key(source.source_id)) }, source: { S: JSON.stringify(source) } },
      },
    }));
    return target;
  }

  get patience_ms(): number {
    return this.#deployment.patience_ms;
  }

  get serveUrl(): string {
    return this.#deployment.serveUrl;
  }

  /** Takes the write keys of this run away. */
  async close(): Promise<void> {
    await this.#writeSources(({ source_id }) => ({
      DeleteRequest: { Key: { key_hash: { S: hashKey(this.key(source_id)) } } },
    }));
    this.#dynamo.destroy();
  }

  async #writeSources(request: (source: (typeof sources)[number]) => WriteRequest): Promise<void> {
    await this.#dynamo.send(
      new BatchWriteItemCommand({ RequestItems: { [this.#tables.sources]: sources.map(request) } }),
    );
  }

  override async send(path: string, options: SendOptions = {}): Promise<Answer> {
    if (!path.startsWith('/api/')) return await send(`${this.#deployment.collectUrl}${path}`, options);
    const url = new URL(`${this.#deployment.serveUrl}${path}`);
    const { headers } = await this.#signer.sign({
      method: options.method ?? 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: { ...options.headers, host: url.host },
      body: options.body,
    });
    return await send(url.href, { ...options, headers });
  }

  async now(): Promise<number> {
    return Date.now();
  }

  eventually<T>(look: () => Promise<T>): Promise<T> {
    return vi.waitFor(look, { timeout: this.#deployment.patience_ms, interval: LOOK_EVERY_MS });
  }

  /** Real time passes by itself. */
  async reach(): Promise<void> {}

  async message(sendId: string): Promise<Message | undefined> {
    const { Item } = await this.#dynamo.send(
      new GetItemCommand({ TableName: this.#tables.outbox, Key: { send_id: { S: sendId } }, ConsistentRead: true }),
    );
    return Item?.message?.S === undefined ? undefined : (JSON.parse(Item.message.S) as Message);
  }

  /** Whom the credentials belong to: a name in a header counts for nothing. */
  caller(): unknown {
    return expect.stringMatching(/^arn:aws[a-z-]*:(iam|sts)::\d{12}:/);
  }
}
