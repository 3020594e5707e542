import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { collect } from '../../functions/collect/collect.ts';
import { DynamoSources } from '../../functions/collect/source-store.ts';
import { armOrFire } from '../../functions/fire/arm-or-fire.ts';
import { DynamoOutbox } from '../../functions/fire/outbox-store.ts';
import { SchedulerTimers } from '../../functions/fire/scheduler-timers.ts';
import { S3Failures } from '../../functions/redrive/bucket.ts';
import { drain } from '../../functions/redrive/drain.ts';
import { awsSinks } from '../../functions/redrive/sinks.ts';
import { ANSWERING, WRITING } from '../../functions/shared/aws-client.ts';
import { EventBridgeBus } from '../../functions/shared/event-bus.ts';
import type { HttpRequest, HttpResponse } from '../../functions/shared/http.ts';
import { logFault, takeBatch } from '../../functions/shared/kinesis-batch.ts';
import { SqsRawQueue } from '../../functions/shared/sqs-raw-queue.ts';
import { stitchBatch } from '../../functions/stitch/batch.ts';
import { deliveryIn, lakeIn, largeIn, outputIn, personsIn, rulesIn, spillIn } from './adapters.ts';
import { BUCKET, DEFINITIONS, type Deployment, type StreamConsumer } from './deployment.ts';
import { ARCHIVE_STREAM } from './firehose.ts';
import type { FunctionSettings } from './lambda.ts';
import { type Service, simulatedClient } from './wire.ts';

/** The other stages as Lambda runs them: the same code, settings and adapters, over simulated services. Clean has a file of its own. */

/** The SDK's clients unless they are told otherwise. */
const DEFAULT = { maxAttempts: 3 };

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
    const sqs = simulatedClient(SQSClient, { container, service: services.sqs, settings: ANSWERING });
    const raw = new SqsRawQueue(sqs, deployment.rawQueueUrl, {
      ...raw_packing,
      large: largeIn(container, deployment, ANSWERING),
      spill: spillIn(container, deployment),
    });
    const put = tamper.collectPut((record) => raw.put(record));
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

export const stitchFunction = (deployment: Deployment): StreamConsumer => ({
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
    return (event) =>
      tamper.batch(takeBatch)(
        event,
        async (records) => {
          await take(records, { ...lasting, rules: await rules.get() });
        },
        logFault,
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
    const s3 = simulatedClient(S3Client, over(services.s3));
    const failures = new S3Failures(s3, BUCKET);
    const clients = {
      firehose: simulatedClient(FirehoseClient, over(services.firehose)),
      s3,
      bus: simulatedClient(EventBridgeClient, over(services.bus)),
      sqs: simulatedClient(SQSClient, over(services.sqs)),
    };
    const names = {
      rawQueue: deployment.rawQueueUrl,
      archive: ARCHIVE_STREAM,
      bucket: BUCKET,
      lakePrefix: topology.lake.prefix,
      bus: topology.bus.name,
    };
    const sinks = awsSinks(clients, names, deliveryIn(container));
    const onFault = ({ key }: { key: string }): void => container.world.note(container.id, `cannot drain ${key}`);
    return () => drain({ failures, sinks, clock, deadline: clock.now() + run_seconds * 1000, parallel, onFault });
  },
});
