import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { S3Failures } from '../../functions/redrive/bucket.ts';
import { type DeadLetter, redriveDeadLetters } from '../../functions/redrive/dead-letters.ts';
import { redriveBatches } from '../../functions/redrive/failed-batches.ts';
import { KinesisRiver } from '../../functions/redrive/kinesis-river.ts';
import { type RawReturn, rawReturn, redriveRawLetters } from '../../functions/redrive/raw-letters.ts';
import { SqsDeadLetters } from '../../functions/redrive/sqs-dead-letters.ts';
import { WRITING } from '../../functions/shared/aws-client.ts';
import { S3LargeRecords } from '../../functions/shared/large-records.ts';
import { SqsRawQueue } from '../../functions/shared/sqs-raw-queue.ts';
import { deliveryIn } from './adapters.ts';
import type { AsyncInvocations } from './async-invoke.ts';
import { BUCKET, type Deployment } from './deployment.ts';
import { CLEAN_STREAM } from './kinesis.ts';
import type { FunctionSettings } from './lambda.ts';
import type { SimulatedQueue } from './queue.ts';
import { urlOf } from './sqs.ts';
import { simulatedClient } from './wire.ts';

const HALF_AN_HOUR_SECONDS = 1_800;

/** What was given up, by where it lies. */
export interface DeadLetters {
  readonly firing: AsyncInvocations;
  readonly raw: SimulatedQueue;
}

/**
 * The command that an operator runs to feed in again what was given up: it may be broken off like anything else, and is then run
 * once more another day.
 */
export const redriveCommand = (
  deployment: Deployment,
  { firing, raw }: DeadLetters,
): FunctionSettings<object, unknown> => ({
  name: 'operator',
  timeout_seconds: HALF_AN_HOUR_SECONDS,
  make(container) {
    const { services, topology } = deployment;
    const over = { container, settings: WRITING };
    const s3 = simulatedClient(S3Client, { ...over, service: services.s3 });
    const failures = new S3Failures(s3, BUCKET);
    const kinesis = simulatedClient(KinesisClient, { ...over, service: services.kinesis });
    const river = new KinesisRiver(kinesis, CLEAN_STREAM, deliveryIn(container));
    const queue = {
      async *messages(): AsyncIterable<DeadLetter> {
        for (const letter of [...firing.deadLetters]) {
          await container.sleep(1);
          yield {
            ...letter,
            remove: async () => void firing.deadLetters.delete(letter),
            release: async () => undefined,
          };
        }
      },
    };
    const sqs = simulatedClient(SQSClient, { ...over, service: services.sqs });
    const large = new S3LargeRecords(s3, BUCKET);
    const options = { ...topology.raw_packing, delivery: deliveryIn(container), large };
    const back = rawReturn(new SqsRawQueue(sqs, deployment.rawQueueUrl, options), large);
    /** Whoever moves dead letters back has mended what they died of. */
    const mended: RawReturn = {
      ...back,
      send: async (bodies) => {
        for (const body of bodies) deployment.poisons.cure(body);
        await back.send(bodies);
      },
    };
    return async () => {
      const asked = { dryRun: false, since: 0, until: container.clock.now() + 60_000 };
      await redriveBatches(failures, river, asked);
      await redriveRawLetters(new SqsDeadLetters(sqs, urlOf(raw)), mended, asked);
      await redriveDeadLetters(queue, { river, call: async (input) => firing.send(Object(input)) }, asked);
    };
  },
});
