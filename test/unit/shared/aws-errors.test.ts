import { createServer, type Server } from 'node:net';
import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callFault } from '../../../functions/shared/aws-errors.ts';
import { OFFLINE } from '../../support/recording-client.ts';

const error = (fields: object, kind: new (message: string) => Error = Error) => Object.assign(new kind('x'), fields);

describe('callFault', () => {
  it.each([
    ['throttled', error({ name: 'ThrottlingException', $fault: 'client', $metadata: {} })],
    ['throttled', error({ name: 'Unknown', $fault: 'client', $metadata: { httpStatusCode: 429 } })],
    ['outage', error({ name: 'Unknown', $metadata: { httpStatusCode: 503 } })],
    ['outage', error({ name: 'Whatever', $fault: 'server', $metadata: {} })],
    ['outage', error({ code: 'ECONNRESET', $metadata: { attempts: 2 } })],
    ['outage', error({ code: 'ERR_HTTP2_STREAM_CANCEL', $metadata: { attempts: 2 } })],
    ['refused', error({ name: 'AccessDeniedException', $fault: 'client', $metadata: { httpStatusCode: 400 } })],
    ['invalid', error({ name: 'ValidationException', $fault: 'client', $metadata: { httpStatusCode: 400 } })],
    ['own', error({ $metadata: { attempts: 1 } }, TypeError)],
    ['own', new Error('ours')],
    ['own', 'no error at all'],
  ])('says %s of %j', (fault, thrown) => {
    expect(callFault(thrown)).toBe(fault);
  });
});

/** An address at which something goes wrong: nobody listens, or whoever does hangs up or says nothing. */
async function address(behaviour: 'closed' | 'hangs up' | 'silent'): Promise<string> {
  const server: Server = createServer((socket) => {
    if (behaviour === 'hangs up') socket.destroy();
    socket.on('error', () => undefined);
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const found = server.address();
      resolve(typeof found === 'object' && found ? found.port : 0);
    }),
  );
  if (behaviour === 'closed') server.close();
  else onTestFinished(() => void server.close());
  return `http://127.0.0.1:${port}`;
}

describe('what a real client throws when the service cannot be reached', () => {
  const settings = {
    ...OFFLINE,
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 200, requestTimeout: 200, throwOnRequestTimeout: true },
  };
  const calls: Readonly<Record<string, (endpoint: string) => Promise<unknown>>> = {
    'Kinesis (HTTP/2)': (endpoint) =>
      new KinesisClient({ ...settings, endpoint }).send(
        new PutRecordCommand({ StreamName: 's', PartitionKey: 'k', Data: Buffer.from('d') }),
      ),
    Firehose: (endpoint) =>
      new FirehoseClient({ ...settings, endpoint }).send(
        new PutRecordBatchCommand({ DeliveryStreamName: 'd', Records: [{ Data: Buffer.from('d') }] }),
      ),
    S3: (endpoint) =>
      new S3Client({ ...settings, endpoint, forcePathStyle: true }).send(
        new PutObjectCommand({ Bucket: 'b', Key: 'k', Body: 'x' }),
      ),
  };
  const cases = Object.keys(calls).flatMap((client) =>
    (['closed', 'hangs up', 'silent'] as const).map((behaviour) => [client, behaviour] as const),
  );

  it.each(cases)('is an outage: %s, %s', async (client, behaviour) => {
    const endpoint = await address(behaviour);
    const thrown: unknown = await calls[client]?.(endpoint).catch((caught: unknown) => caught);
    expect(callFault(thrown)).toBe('outage');
  });
});
