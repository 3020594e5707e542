import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Failures } from '../../functions/redrive/bucket.ts';
import { type DeadLetter, redriveDeadLetters } from '../../functions/redrive/dead-letters.ts';
import { type River, redriveBatches } from '../../functions/redrive/failed-batches.ts';
import { WRITING } from '../../functions/shared/aws-client.ts';
import { KinesisRecords } from '../../functions/shared/kinesis-records.ts';
import type { AsyncInvocations } from './async-invoke.ts';
import { type Deployment, deliveryIn } from './deployed.ts';
import { physicalOf } from './kinesis.ts';
import type { FunctionSettings } from './lambda.ts';
import { simulatedClient } from './wire.ts';

const HALF_AN_HOUR_SECONDS = 1_800;

/**
 * The command that an operator runs to feed in again what was given up: it may be broken off like anything else, and is then run
 * once more another day.
 */
export const redriveCommand = (
  deployment: Deployment,
  firing: AsyncInvocations,
): FunctionSettings<object, unknown> => ({
  name: 'operator',
  timeout_seconds: HALF_AN_HOUR_SECONDS,
  make(container) {
    const { topology, services } = deployment;
    const over = { container, settings: WRITING };
    const failures = new S3Failures(simulatedClient(S3Client, { ...over, service: services.s3 }), 'failures');
    const kinesis = simulatedClient(KinesisClient, { ...over, service: services.kinesis });
    const river: River = {
      put: (stream, entries) =>
        new KinesisRecords(kinesis, physicalOf(topology, stream), deliveryIn(container)).put(entries),
      read: async () => {
        throw new Error('Lambda keeps the records of failed batches; nothing has to be read again.');
      },
      consumes: (name) => (name === 'clean' ? 'raw' : name === 'stitch' ? 'clean' : undefined),
    };
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
    return async () => {
      const options = { dryRun: false, since: 0, until: container.clock.now() + 60_000 };
      await redriveBatches(failures, river, options);
      await redriveDeadLetters(queue, { river, call: async (input) => firing.send(Object(input)) }, options);
    };
  },
});
