import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KMSClient } from '@aws-sdk/client-kms';
import { loadDefinitions } from '../../functions/shared/definitions.ts';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { EventBridgeBus } from '../../functions/shared/event-bus.ts';
import { FirehoseLake } from '../../functions/shared/firehose-lake.ts';
import { IdentityRulesError } from '../../functions/shared/identity/resolve.ts';
import { loadTokenKey } from '../../functions/shared/token-key-store.ts';
import { type Tokenise, tokeniser } from '../../functions/shared/tokens.ts';
import { TOPOLOGY } from '../../functions/shared/topology.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import shipped from '../../schemas/identity-rules.json' with { type: 'json' };
import { StoreDesk } from './store-desk.ts';

/** What a deployment calls its resources. */
export interface TableNames {
  /** The table of persons. */
  readonly table: string;
  readonly region: string | undefined;
  readonly lakePrefix: string;
  readonly bus: string;
  /** The table that has the token key; without it, rules cannot name a single personal identifier. */
  readonly vault: string | undefined;
  readonly defaultRegion: string;
}

/** The deployment's key, as the foundation names it. */
const KEY_ALIAS = 'alias/oneriver-vault';

/**
 * The rules of a deployment on AWS. Credentials and endpoints are those that the AWS SDK finds in the environment. Lake rows and
 * bus events of the sweep go the way that those of stitch go.
 */
export async function tableDesk(names: TableNames): Promise<StoreDesk> {
  const region = names.region === undefined ? {} : { region: names.region };
  return new StoreDesk({
    store: new DynamoDocStore({ client: new DynamoDBClient({ ...region, maxAttempts: 1 }), table: names.table }),
    lake: new FirehoseLake(new FirehoseClient(region), names.lakePrefix),
    bus: new EventBridgeBus(new EventBridgeClient(region), { bus: names.bus, source: TOPOLOGY.bus.source }),
    shipped: shipped as IdentityRules,
    definitions: loadDefinitions(),
    clock: { now: Date.now },
    newId: randomUUID,
    random: Math.random,
    sleep: (ms) => sleep(ms),
    say: (line) => void process.stderr.write(`${line}\n`),
    tokenise: await tokeniserOf(names, region),
    defaultRegion: names.defaultRegion,
    by: userInfo().username,
  });
}

async function tokeniserOf({ vault }: TableNames, region: { readonly region?: string }): Promise<Tokenise> {
  if (vault === undefined) {
    return () => {
      throw new IdentityRulesError(
        'The rules block a single telephone number or address, which is stored as a token: name the table that has the key ' +
          'with --vault.',
      );
    };
  }
  const clients = { dynamo: new DynamoDBClient(region), kms: new KMSClient(region) };
  return tokeniser(await loadTokenKey(clients, { table: vault, keyId: KEY_ALIAS }));
}
