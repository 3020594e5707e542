import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { FirehoseClient } from '@aws-sdk/client-firehose';
import { S3Client } from '@aws-sdk/client-s3';
import { DELIVERY, type DeliveryOptions } from '../../functions/shared/aws-batch.ts';
import { WRITING } from '../../functions/shared/aws-client.ts';
import { Breaker } from '../../functions/shared/breaker.ts';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import { FirehoseArchive } from '../../functions/shared/firehose-archive.ts';
import { FirehoseLake } from '../../functions/shared/firehose-lake.ts';
import { RulesInForce } from '../../functions/shared/identity/rules-in-force.ts';
import { S3LargeRecords } from '../../functions/shared/large-records.ts';
import type { OutputOptions } from '../../functions/shared/output.ts';
import { S3Spill } from '../../functions/shared/s3-spill.ts';
import type { Parcel } from '../../functions/shared/spill.ts';
import { BUCKET, type Deployment, SHIPPED_RULES } from './deployment.ts';
import { ARCHIVE_STREAM } from './firehose.ts';
import type { Container } from './lambda.ts';
import { type ClientSettings, simulatedClient } from './wire.ts';

/** The product's adapters over simulated services, as several functions have them. */

export const deliveryIn = ({ sleep, random }: Container): DeliveryOptions => ({ ...DELIVERY, sleep, random });

/** Where a stage puts what may be late and is not taken now. */
export function spillIn(container: Container, { services }: Deployment): Required<OutputOptions>['spill'] {
  const { clock, world } = container;
  const s3 = simulatedClient(S3Client, { container, service: services.s3, settings: WRITING });
  const [by = ''] = container.id.split('-');
  const onSpill = ({ kind, target, lines }: Parcel): void =>
    world.note(container.id, `spilled ${lines.length} lines of ${kind} ${target}`);
  return { to: new S3Spill(s3, { bucket: BUCKET, by, clock, onSpill }), breaker: new Breaker(clock) };
}

export const outputIn = (container: Container, deployment: Deployment): OutputOptions => ({
  delivery: deliveryIn(container),
  spill: spillIn(container, deployment),
});

export const lakeIn = (container: Container, deployment: Deployment): FirehoseLake =>
  new FirehoseLake(
    simulatedClient(FirehoseClient, { container, service: deployment.services.firehose, settings: WRITING }),
    deployment.topology.lake.prefix,
    outputIn(container, deployment),
  );

export const archiveIn = (container: Container, deployment: Deployment): FirehoseArchive =>
  new FirehoseArchive(
    simulatedClient(FirehoseClient, { container, service: deployment.services.firehose, settings: WRITING }),
    ARCHIVE_STREAM,
    outputIn(container, deployment),
  );

export const largeIn = (container: Container, { services }: Deployment, settings: ClientSettings): S3LargeRecords =>
  new S3LargeRecords(simulatedClient(S3Client, { container, service: services.s3, settings }), BUCKET);

export function personsIn(
  container: Container,
  { services }: Deployment,
  settings: ClientSettings = { maxAttempts: 1 },
): DynamoDocStore {
  const { sleep, random } = container;
  const client = simulatedClient(DynamoDBClient, { container, service: services.dynamo, settings });
  const newWriteId = (): string => container.world.newId('w');
  return new DynamoDocStore({ client, table: 'persons', sleep, random, newWriteId });
}

export const rulesIn = (container: Container, store: DynamoDocStore, trustSeconds?: number): RulesInForce =>
  new RulesInForce({
    store,
    shipped: SHIPPED_RULES,
    clock: container.clock,
    onFault: () => container.world.note(container.id, 'cannot read the rules'),
    ...(trustSeconds === undefined ? {} : { trustSeconds }),
  });
