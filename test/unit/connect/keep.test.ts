import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { keep } from '../../../functions/connect/keep.ts';
import { readMessage } from '../../../functions/shared/raw-message.ts';
import { decodeRaw } from '../../../functions/shared/raw-record.ts';
import { SqsRawQueue } from '../../../functions/shared/sqs-raw-queue.ts';
import { unpack } from '../../../functions/shared/stream-codec.ts';
import { fetchedSource, NOON } from '../../support/connecting.ts';
import { incompressible } from '../../support/raw-queue.ts';
import { answerCalls, OFFLINE } from '../../support/recording-client.ts';

it('makes records that a message carries, even of what gzip makes nothing of: this stage may keep none elsewhere', async () => {
  const client = new SQSClient(OFFLINE);
  const calls = answerCalls(client, () => ({}));
  const raw = new SqsRawQueue(client, 'queue', { gzip_from_bytes: 1_000 });
  const items = Array.from({ length: 12 }, (_, n) => ({ n, text: incompressible(40_000 + n).toString('latin1') }));
  const source = fetchedSource('jos', 'https://platform.example');
  await keep('jos', items, { source, raw, newId: () => 'r', receivedNow: () => NOON });
  const kept = calls.flatMap(({ input }) => {
    const message = readMessage(String(input.MessageBody));
    return 'data' in message ? JSON.parse(decodeRaw(unpack(message.data)).body.toString('utf8')) : [];
  });
  expect(kept).toEqual(items);
});
