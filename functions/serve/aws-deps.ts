import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { IdentityRules } from '../../schemas/identifier.ts';
import identityRules from '../../schemas/identity-rules.json' with { type: 'json' };
import { type ApiEvent, principalOf } from '../shared/api-gateway.ts';
import { ANSWERING } from '../shared/aws-client.ts';
import { loadDefinitions } from '../shared/definitions.ts';
import { DynamoDocStore } from '../shared/dynamo-doc-store.ts';
import { readEnv } from '../shared/env.ts';
import { rulesInForce } from '../shared/identity/rules-in-force.ts';
import { SourceDesk } from '../shared/sources/desk.ts';
import { DynamoSourceStore } from '../shared/sources/dynamo-sources.ts';
import { sealWithKms } from '../shared/sources/kms-seal.ts';
import { protocolFacts } from '../shared/sources/protocols.ts';
import { SqsRawQueue } from '../shared/sqs-raw-queue.ts';
import { loadTokenKey } from '../shared/token-key-store.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import { athenaQuality, LakeAnswers } from './athena-quality.ts';
import { AthenaSql } from './athena-sql.ts';
import type { ServeDeps } from './deps.ts';
import { ServeEnv } from './env.ts';
import { lookupTokens } from './lookup-tokens.ts';
import { TASK_SECONDS } from './quality-task.ts';

const env = readEnv(ServeEnv);
const clock = { now: Date.now };
const { sql_rows: rows, sql_seconds } = TOPOLOGY.limits;
const athena = new AthenaClient({});
const clients = { dynamo: new DynamoDBClient({}), kms: new KMSClient({}) };

const tokens = lookupTokens(() => loadTokenKey(clients, { table: env.VAULT_TABLE, keyId: env.KEY_ID }));

const lasting = {
  store: new DynamoDocStore({ client: new DynamoDBClient({ maxAttempts: 1 }), table: env.PERSONS_TABLE }),
  definitions: loadDefinitions(),
  clock,
  defaultRegion: env.DEFAULT_REGION,
  raw: new SqsRawQueue(new SQSClient(ANSWERING), env.RAW_QUEUE_URL, TOPOLOGY.raw_packing),
};

const sourceDesk = new SourceDesk({
  store: new DynamoSourceStore(clients.dynamo, env.SOURCES_TABLE),
  protocols: protocolFacts(env.PROTOCOLS),
  now: clock.now,
  random: randomBytes,
  seal: sealWithKms(clients.kms, env.SOURCES_KEY_ID),
});

const rules = rulesInForce({ store: lasting.store, shipped: identityRules as IdentityRules });

const sqlWithin = (seconds: number) =>
  new AthenaSql(athena, {
    workgroup: env.SQL_WORKGROUP,
    database: env.SQL_DATABASE,
    limits: { rows, deadline: clock.now() + seconds * 1000 },
    clock,
    sleep: (ms) => sleep(ms),
  });
const answers = new LakeAnswers(clock);

/** No vault among them: the API shows tokens, and its role cannot unwrap what they stand for. */
export async function depsForRequest(event: ApiEvent): Promise<ServeDeps> {
  const sql = sqlWithin(sql_seconds);
  return {
    ...lasting,
    rules: await rules.get(),
    newId: () => event.requestContext.requestId,
    callerOf: () => principalOf(event),
    tokenise: await tokens(),
    sql,
    quality: athenaQuality(answers.over(sql), clock),
    sourceDesk,
    collectUrl: env.COLLECT_URL,
  };
}

/** What the hourly look at the rules of data quality needs: nothing that was remembered. */
export const qualityNow = () => athenaQuality(sqlWithin(TASK_SECONDS), clock);
