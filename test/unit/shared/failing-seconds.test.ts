import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { failingSeconds } from '../../../functions/shared/sqs-batch.ts';

const NOW = 1_800_000_000_000;

const sent = (messageId: string, secondsAgo: number): SQSRecord => ({
  messageId,
  receiptHandle: messageId,
  body: '',
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: String(NOW - secondsAgo * 1000),
    SenderId: 'sender',
    ApproximateFirstReceiveTimestamp: String(NOW),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'queue',
  awsRegion: 'eu-central-1',
});

const event: SQSEvent = { Records: [sent('old', 900), sent('older', 901), sent('new', 1)] };
const failed = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

describe('how long messages have been failing', () => {
  it('is the wait of the oldest that failed, whatever is done', () => {
    expect(failingSeconds(event, failed('new', 'old'), NOW)).toBe(900);
    expect(failingSeconds(event, failed('new'), NOW)).toBe(1);
  });

  it('is nothing where none failed', () => expect(failingSeconds(event, failed(), NOW)).toBeUndefined());

  it('is never negative, though the clock of the queue is ahead', () =>
    expect(failingSeconds(event, failed('new'), NOW - 5_000)).toBe(0));
});
