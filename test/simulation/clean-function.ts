import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { SQSClient } from '@aws-sdk/client-sqs';
import { cleanBatch } from '../../functions/clean/batch.ts';
import { KinesisCleanStream } from '../../functions/clean/clean-stream.ts';
import { DynamoIdentitySecrets } from '../../functions/clean/identity-secret-store.ts';
import { compilePlan } from '../../functions/clean/plan.ts';
import { WRITING } from '../../functions/shared/aws-client.ts';
import { DynamoVault } from '../../functions/shared/dynamo-vault.ts';
import { identityKeys } from '../../functions/shared/identity-secrets.ts';
import type { StreamRecord } from '../../functions/shared/kinesis-batch.ts';
import { once } from '../../functions/shared/once.ts';
import { readMessage } from '../../functions/shared/raw-message.ts';
import { refreshed } from '../../functions/shared/refresh.ts';
import { logFault, takeMessages } from '../../functions/shared/sqs-batch.ts';
import { SqsHeldMessages } from '../../functions/shared/sqs-held.ts';
import { loadOrMakeTokenKey } from '../../functions/shared/token-key-store.ts';
import { tokeniser } from '../../functions/shared/tokens.ts';
import shippedPlan from '../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../schemas/tracking-plan.ts';
import { archiveIn, deliveryIn, lakeIn, largeIn, personsIn, rulesIn } from './adapters.ts';
import type { Deployment, QueueConsumer } from './deployment.ts';
import { CLEAN_STREAM } from './kinesis.ts';
import type { Container } from './lambda.ts';
import { simulatedClient } from './wire.ts';

/** As clean's handler makes its clients. */
const READING = { ...WRITING, maxAttempts: 3 };
const ONCE = { ...WRITING, maxAttempts: 1 };
const NAMES = { table: 'vault', keyId: 'key' };
const PLAN = compilePlan(shippedPlan as TrackingPlan);

/** As clean's handler opens a message; but for those that end it. */
function openIn(container: Container, deployment: Deployment): (body: string) => Promise<Uint8Array> {
  const large = largeIn(container, deployment, WRITING);
  return async (body) => {
    await deployment.poisons.taste(body, container);
    const message = readMessage(body);
    return 'kept' in message ? await large.read(message.kept) : message.data;
  };
}

export const cleanFunction = (deployment: Deployment): QueueConsumer => ({
  name: 'clean',
  timeout_seconds: deployment.topology.raw_queue.timeout_seconds,
  make(container) {
    const { topology, services, tamper } = deployment;
    const { clock } = container;
    const clients = {
      dynamo: simulatedClient(DynamoDBClient, { container, service: services.dynamo, settings: READING }),
      kms: simulatedClient(KMSClient, { container, service: services.kms, settings: READING }),
    };
    const kinesis = simulatedClient(KinesisClient, { container, service: services.kinesis, settings: WRITING });
    const options = { ...topology.clean_grouping, ...deliveryIn(container) };
    const stream = new KinesisCleanStream(kinesis, CLEAN_STREAM, options);
    const archive = archiveIn(container, deployment);
    const outputs = {
      vault: new DynamoVault(clients, NAMES, deliveryIn(container)),
      lake: lakeIn(container, deployment),
      archive: { put: tamper.archivePut((records) => archive.put(records)) },
      clean: { put: tamper.cleanPut((events) => stream.put(events)) },
      count: () => undefined,
    };
    const cleaning = once(async () => ({ plan: PLAN, tokenise: tokeniser(await loadOrMakeTokenKey(clients, NAMES)) }));
    const secrets = new DynamoIdentitySecrets(clients, NAMES);
    const seconds = topology.limits.identity_secret_cache_seconds;
    const identity = refreshed(async () => identityKeys(await secrets.load()), { clock, seconds });
    const rules = rulesIn(container, personsIn(container, deployment, ONCE));
    const open = openIn(container, deployment);
    const sqs = simulatedClient(SQSClient, { container, service: services.sqs, settings: WRITING });
    const held = new SqsHeldMessages(sqs, deployment.rawQueueUrl);
    const work = async (records: readonly StreamRecord[]): Promise<void> => {
      const { rules: inForce } = await rules.get();
      const deps = { ...(await cleaning()), rules: inForce, identityKeys: await identity() };
      await cleanBatch(records, deps, outputs);
    };
    return async (event) => {
      const ends = container.world.time.now() + topology.raw_queue.timeout_seconds * 1000;
      return await tamper.messages(takeMessages)(event, {
        open,
        work,
        held: async () => held,
        remainingMs: () => ends - container.world.time.now(),
        random: container.random,
        onFault: logFault,
      });
    };
  },
});
