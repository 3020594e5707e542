import type { SQSRecord } from 'aws-lambda';
import { Dice } from './dice.ts';

/** So many bytes that gzip makes nothing of. */
export function incompressible(bytes: number): Buffer {
  const dice = new Dice(bytes);
  return Buffer.from(Array.from({ length: bytes }, () => dice.below(256)));
}

/** A message as Lambda hands it over. */
export function sqsRecord(body: string, { id = body, receives = 1, sentAt = 1_767_225_600_000 } = {}): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `receipt of ${id} ${receives}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn',
    awsRegion: 'r',
  };
}
