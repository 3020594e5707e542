import type { GivenUp } from './shard-reader.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function';

/**
 * What Lambda writes about a batch that it gave up on, field by field as its documentation shows it; into S3 with the whole event
 * as text in `payload`, into a queue without it.
 */
export function failedBatch(
  { records }: GivenUp,
  over: { function?: string; condition?: string; at?: string; payload?: boolean } = {},
): string {
  const at = (index: number) => records.at(index)?.kinesis;
  const arrival = (index: number) => new Date((at(index)?.approximateArrivalTimestamp ?? 0) * 1000).toISOString();
  return JSON.stringify({
    requestContext: {
      requestId: 'c9b8fa9f-5a7f-4ab2-af9c-0c604cde93a5',
      functionArn: `${ARN}:${over.function ?? 'stitch-function'}`,
      condition: over.condition ?? 'RetryAttemptsExhausted',
      approximateInvokeCount: 21,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: over.at ?? '2026-01-01T00:00:00.000Z',
    KinesisBatchInfo: {
      shardId: 'shardId-000000000000',
      startSequenceNumber: at(0)?.sequenceNumber,
      endSequenceNumber: at(-1)?.sequenceNumber,
      approximateArrivalOfFirstRecord: arrival(0),
      approximateArrivalOfLastRecord: arrival(-1),
      batchSize: records.length,
      streamArn: records[0]?.eventSourceARN,
    },
    ...(over.payload !== false && { payload: JSON.stringify({ Records: records }) }),
  });
}
