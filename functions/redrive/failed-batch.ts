import Type from 'typebox';
import { Compile } from 'typebox/compile';
import type { StreamEntry } from '../shared/kinesis-records.ts';

/**
 * What Lambda leaves of a batch of stream records that a function gave up on: as an object in S3, where `payload` holds the whole
 * event as text; or as a message in a queue, without it.
 */
const Invocation = Type.Object({
  requestContext: Type.Object({ functionArn: Type.String(), condition: Type.String() }),
  timestamp: Type.String(),
  KinesisBatchInfo: Type.Object({
    shardId: Type.String(),
    startSequenceNumber: Type.String(),
    endSequenceNumber: Type.String(),
    batchSize: Type.Number(),
    streamArn: Type.String(),
  }),
  payload: Type.Optional(Type.Unknown()),
});

const Payload = Type.Object({
  Records: Type.Array(Type.Object({ kinesis: Type.Object({ data: Type.String(), partitionKey: Type.String() }) })),
});

const invocation = Compile(Invocation);
const payloadOf = Compile(Payload);

/** Where the records of a batch lie on their stream, as long as it keeps them. */
export interface StreamRange {
  readonly stream_arn: string;
  readonly shard: string;
  readonly first: string;
  readonly last: string;
}

/** A batch that a function gave up on. */
export interface FailedBatch {
  /** Name of the function. */
  readonly function: string;
  /** `RetryAttemptsExhausted`, `RecordAgeExceeded` … */
  readonly condition: string;
  /** When it was given up on, ISO 8601. */
  readonly at: string;
  readonly size: number;
  readonly range: StreamRange;
  /** The records themselves, where Lambda kept them. */
  readonly entries: readonly StreamEntry[] | undefined;
}

/** The text is not what Lambda writes about a failed batch. */
export class FailedBatchError extends Error {
  override name = 'FailedBatchError';
}

/** Whether a document is about a failed batch at all. */
export const isFailedBatch = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'KinesisBatchInfo' in value;

/** @throws FailedBatchError saying which part is not as Lambda documents it. */
export function readFailedBatch(text: string): FailedBatch {
  const value = parse(text);
  if (!invocation.Check(value)) {
    const [first] = invocation.Errors(value);
    throw new FailedBatchError(`Not a failed batch of a stream: ${first?.instancePath || '/'} ${first?.message}.`);
  }
  const { requestContext, timestamp, KinesisBatchInfo: info, payload } = value;
  return {
    function: requestContext.functionArn.split(':')[6] ?? requestContext.functionArn,
    condition: requestContext.condition,
    at: timestamp,
    size: info.batchSize,
    range: {
      stream_arn: info.streamArn,
      shard: info.shardId,
      first: info.startSequenceNumber,
      last: info.endSequenceNumber,
    },
    entries: payload === undefined ? undefined : entriesOf(typeof payload === 'string' ? parse(payload) : payload),
  };
}

function entriesOf(payload: unknown): StreamEntry[] {
  if (!payloadOf.Check(payload)) throw new FailedBatchError('The payload is not an event of stream records.');
  return payload.Records.map(({ kinesis }) => ({
    PartitionKey: kinesis.partitionKey,
    Data: Buffer.from(kinesis.data, 'base64'),
  }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FailedBatchError('It is not JSON.');
  }
}
