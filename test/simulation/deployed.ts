import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { cleanBatch } from '../../functions/clean/batch.ts';
import { KinesisCleanStream } from '../../functions/clean/clean-stream.ts';
import { DynamoIdentitySecrets } from '../../functions/clean/identity-secret-store.ts';
import { compilePlan } from '../../functions/clean/plan.ts';
import { collect } from '../../functions/collect/collect.ts';
import { DynamoSources } from '../../functions/collect/source-store.ts';
import { armOrFire } from '../../functions/fire/arm-or-fire.ts';
import { DynamoOutbox } from '../../functions/fire/outbox-store.ts';
import { SchedulerTimers } from '../../functions/fire/scheduler-timers.ts';
import { S3Failures } from '../../functions/redrive/bucket.ts';
import { drain } from '../../functions/redrive/drain.ts';
import { awsSinks } from '../../functions/redrive/sinks.ts';
import { DELIVERY, type DeliveryOptions } from '../../functions/shared/aws-batch.ts';
import { ANSWERING, WRITING } from '../../functions/shared/aws-client.ts';
import { Breaker } from '../../functions/shared/breaker.ts';
import { loadDefinitions } from '../../functions/shared/definitions.ts';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { DynamoVault } from '../../functions/shared/dynamo-vault.ts';
import { EventBridgeBus } from '../../functions/shared/event-bus.ts';
import { FirehoseLake } from '../../functions/shared/firehose-lake.ts';
import type { HttpRequest, HttpResponse } from '../../functions/shared/http.ts';
import { RulesInForce } from '../../functions/shared/identity/rules-in-force.ts';
import { identityKeys } from '../../functions/shared/identity-secrets.ts';
import { logFault, takeBatch } from '../../functions/shared/kinesis-batch.ts';
import { KinesisRawStream } from '../../functions/shared/kinesis-raw-stream.ts';
import { once } from '../../functions/shared/once.ts';
import type { OutputOptions } from '../../functions/shared/output.ts';
import { refreshed } from '../../functions/shared/refresh.ts';
import { S3Spill } from '../../functions/shared/s3-spill.ts';
import type { Parcel } from '../../functions/shared/spill.ts';
import { recordsOnly } from '../../functions/shared/stream-kind.ts';
import { loadOrMakeTokenKey } from '../../functions/shared/token-key-store.ts';
import { tokeniser } from '../../functions/shared/tokens.ts';
import type { StreamName, Topology } from '../../functions/shared/topology.ts';
import { stitchBatch } from '../../functions/stitch/batch.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import shippedRules from '../../schemas/identity-rules.json' with { type: 'json' };
import shippedPlan from '../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../schemas/tracking-plan.ts';
import { physicalOf } from './kinesis.ts';
import type { Container, FunctionSettings } from './lambda.ts';
import { type Service, simulatedClient } from './wire.ts';

/** The four stages as Lambda runs them: the same code, settings and adapters, over simulated services. */

export interface Deployment {
  readonly topology: Topology;
  readonly services: Readonly<Record<'dynamo' | 'kinesis' | 'firehose' | 'bus' | 'scheduler' | 'kms' | 's3', Service>>;
  /** Wraps what a stage hands its results to; for defects that are put in on purpose. */
  readonly tamper: Tamper;
}

/** Where a defect can be put in: each gets what is deployed, and answers with what runs. */
export interface Tamper {
  collectPut(put: KinesisRawStream['put']): KinesisRawStream['put'];
  cleanPut(put: KinesisCleanStream['put']): KinesisCleanStream['put'];
  stitch(take: typeof stitchBatch): typeof stitchBatch;
  batch(take: typeof takeBatch): typeof takeBatch;
}

type Consumer = FunctionSettings<KinesisStreamEvent, KinesisStreamBatchResponse>;

/** The SDK's clients unless they are told otherwise. */
const DEFAULT = { maxAttempts: 3 };
const NAMES = { table: 'vault', keyId: 'key' };
const PLAN = compilePlan(shippedPlan as TrackingPlan);
export const DEFINITIONS = loadDefinitions();
export const SHIPPED_RULES = shippedRules as IdentityRules;

export const deliveryIn = ({ sleep, random }: Container): DeliveryOptions => ({ ...DELIVERY, sleep, random });

/** Where a stage puts what may be late and is not taken now. */
function spillIn(container: Container, { services }: Deployment): Required<OutputOptions>['spill'] {
  const { clock, world } = container;
  const s3 = simulatedClient(S3Client, { container, service: services.s3, settings: WRITING });
  const [by = ''] = container.id.split('-');
  const onSpill = ({ kind, target, lines }: Parcel): void =>
    world.note(container.id, `spilled ${lines.length} lines of ${kind} ${target}`);
  return { to: new S3Spill(s3, { bucket: 'failures', by, clock, onSpill }), breaker: new Breaker(clock) };
}

const outputIn = (container: Container, deployment: Deployment): OutputOptions => ({
  delivery: deliveryIn(container),
  spill: spillIn(container, deployment),
});

export const lakeIn = (container: Container, deployment: Deployment): FirehoseLake =>
  new FirehoseLake(
    simulatedClient(FirehoseClient, { container, service: deployment.services.firehose, settings: WRITING }),
    deployment.topology.lake.prefix,
    outputIn(container, deployment),
  );

export function personsIn(container: Container, { services }: Deployment): DynamoDocStore {
  const { sleep, random } = container;
  const client = simulatedClient(DynamoDBClient, { container, service: services.dynamo, settings: { maxAttempts: 1 } });
  const newWriteId = (): string => container.world.newId('w');
  return new DynamoDocStore({ client, table: 'persons', sleep, random, newWriteId });
}

const rulesIn = (container: Container, store: DynamoDocStore, trustSeconds?: number): RulesInForce =>
  new RulesInForce({
    store,
    shipped: SHIPPED_RULES,
    clock: container.clock,
    onFault: () => container.world.note(container.id, 'cannot read the rules'),
    ...(trustSeconds === undefined ? {} : { trustSeconds }),
  });

/** What collect is invoked with: the request, and the id that API Gateway gave it. */
export interface CollectCall {
  readonly request: HttpRequest;
  readonly requestId: string;
}

export const collectFunction = (deployment: Deployment): FunctionSettings<CollectCall, HttpResponse> => ({
  name: 'collect',
  timeout_seconds: 10,
  make(container) {
    const { topology, services, tamper } = deployment;
    const { limits, raw_packing } = topology;
    const { clock } = container;
    const sources = new DynamoSources(
      simulatedClient(DynamoDBClient, { container, service: services.dynamo, settings: DEFAULT }),
      'sources',
      {
        clock,
        cache: { known_seconds: limits.source_cache_seconds, unknown_seconds: limits.unknown_source_cache_seconds },
      },
    );
    const kinesis = simulatedClient(KinesisClient, { container, service: services.kinesis, settings: ANSWERING });
    const raw = new KinesisRawStream(kinesis, physicalOf(topology, 'raw'), {
      ...raw_packing,
      spill: spillIn(container, deployment),
    });
    const put = tamper.collectPut((record, key) => raw.put(record, key));
    return ({ request, requestId }) =>
      collect(request, {
        clock,
        newRequestId: () => requestId,
        sourceByKey: (key) => sources.byKey(key),
        isAllowedOrigin: () => true,
        raw: { put },
      });
  },
});

export const cleanFunction = (deployment: Deployment): Consumer => ({
  name: 'clean',
  timeout_seconds: 120,
  make(container) {
    const { topology, services, tamper } = deployment;
    const { clock } = container;
    const clients = {
      dynamo: simulatedClient(DynamoDBClient, { container, service: services.dynamo, settings: DEFAULT }),
      kms: simulatedClient(KMSClient, { container, service: services.kms, settings: DEFAULT }),
    };
    const kinesis = simulatedClient(KinesisClient, { container, service: services.kinesis, settings: WRITING });
    const options = { ...topology.clean_grouping, ...deliveryIn(container) };
    const stream = new KinesisCleanStream(kinesis, physicalOf(topology, 'clean'), options);
    const outputs = {
      vault: new DynamoVault(clients, NAMES, deliveryIn(container)),
      lake: lakeIn(container, deployment),
      clean: { put: tamper.cleanPut((events) => stream.put(events)) },
      count: () => undefined,
    };
    const cleaning = once(async () => ({ plan: PLAN, tokenise: tokeniser(await loadOrMakeTokenKey(clients, NAMES)) }));
    const secrets = new DynamoIdentitySecrets(clients, NAMES);
    const seconds = topology.limits.identity_secret_cache_seconds;
    const identity = refreshed(async () => identityKeys(await secrets.load()), { clock, seconds });
    const rules = rulesIn(container, personsIn(container, deployment));
    return recordsOnly('raw', async (event) => {
      const { rules: inForce } = await rules.get();
      const deps = { ...(await cleaning()), rules: inForce, identityKeys: await identity() };
      return await tamper.batch(takeBatch)(event, (records) => cleanBatch(records, deps, outputs), logFault);
    });
  },
});

export const stitchFunction = (deployment: Deployment): Consumer => ({
  name: 'stitch',
  timeout_seconds: deployment.topology.limits.stitch_timeout_seconds,
  make(container) {
    const { topology, services, tamper } = deployment;
    const store = personsIn(container, deployment);
    const bus = simulatedClient(EventBridgeClient, { container, service: services.bus, settings: WRITING });
    const lasting = {
      store,
      lake: lakeIn(container, deployment),
      bus: new EventBridgeBus(
        bus,
        { bus: topology.bus.name, source: topology.bus.source },
        outputIn(container, deployment),
      ),
      definitions: DEFINITIONS,
      clock: container.clock,
      newId: () => container.world.newId('c'),
      random: container.random,
      sleep: container.sleep,
    };
    const rules = rulesIn(container, store, topology.limits.identity_rules_trust_seconds);
    const take = tamper.stitch(stitchBatch);
    return recordsOnly('clean', (event) =>
      tamper.batch(takeBatch)(
        event,
        async (records) => {
          await take(records, { ...lasting, rules: await rules.get() });
        },
        logFault,
      ),
    );
  },
});

export const fireFunction = (deployment: Deployment): FunctionSettings<object, unknown> => ({
  name: 'fire',
  timeout_seconds: 60,
  make(container) {
    const { topology, services } = deployment;
    const { clock } = container;
    const store = personsIn(container, deployment);
    const dynamo = simulatedClient(DynamoDBClient, { container, service: services.dynamo, settings: DEFAULT });
    const scheduler = simulatedClient(SchedulerClient, {
      container,
      service: services.scheduler,
      settings: WRITING,
    });
    const outbox = new DynamoOutbox(dynamo, 'outbox', topology.limits.outbox_retention_days);
    const rules = rulesIn(container, store);
    const target = { group: 'oneriver', function_arn: 'fire', role_arn: 'role', dead_letter_arn: 'queue' };
    const deps = {
      store,
      lake: lakeIn(container, deployment),
      channels: { outbox, webhook: outbox },
      definitions: DEFINITIONS,
      clock,
      timers: new SchedulerTimers(scheduler, { ...target, ...topology.timers, delivery: deliveryIn(container) }, clock),
      rules: () => rules.get(),
    };
    return (input) => armOrFire(input, deps);
  },
});

export const redriveFunction = (deployment: Deployment): FunctionSettings<object, unknown> => ({
  name: 'redrive',
  timeout_seconds: deployment.topology.drain.timeout_seconds,
  make(container) {
    const { topology, services } = deployment;
    const { clock } = container;
    const { run_seconds, parallel } = topology.drain;
    const over = (service: Service) => ({ container, service, settings: WRITING });
    const failures = new S3Failures(simulatedClient(S3Client, over(services.s3)), 'failures');
    const clients = {
      firehose: simulatedClient(FirehoseClient, over(services.firehose)),
      bus: simulatedClient(EventBridgeClient, over(services.bus)),
      kinesis: simulatedClient(KinesisClient, over(services.kinesis)),
    };
    const names = { rawStream: physicalOf(topology, 'raw'), lakePrefix: topology.lake.prefix, bus: topology.bus.name };
    const sinks = awsSinks(clients, names, deliveryIn(container));
    const onFault = ({ key }: { key: string }): void => container.world.note(container.id, `cannot drain ${key}`);
    return () => drain({ failures, sinks, clock, deadline: clock.now() + run_seconds * 1000, parallel, onFault });
  },
});

/** Streams that consumers read, by the stream that carries them. */
export const readersOf = (
  topology: Topology,
): { readonly consumer: 'clean' | 'stitch'; readonly stream: StreamName }[] =>
  (['clean', 'stitch'] as const).map((consumer) => ({
    consumer,
    stream: physicalOf(topology, topology.consumers[consumer].from),
  }));
