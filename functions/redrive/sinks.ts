import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeliveryOptions } from '../shared/aws-batch.ts';
import { EventBridgeBus } from '../shared/event-bus.ts';
import { FirehoseArchive } from '../shared/firehose-archive.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { S3LargeRecords } from '../shared/large-records.ts';
import { readRawLine, SqsRawQueue } from '../shared/sqs-raw-queue.ts';
import { TOPOLOGY } from '../shared/topology.ts';
import type { Sinks } from './drain.ts';

export interface SinkNames {
  /** Its URL. */
  readonly rawQueue: string;
  /** The delivery stream of the raw archive. */
  readonly archive: string;
  /** Where records lie that are too large for a message. */
  readonly bucket: string;
  readonly lakePrefix: string;
  readonly bus: string;
}

/** The deployment's own lake, bus, raw stream and archive, without a spill: what they do not take stays where it is. */
export function awsSinks(
  clients: { firehose: FirehoseClient; bus: EventBridgeClient; sqs: SQSClient; s3: S3Client },
  { rawQueue, archive, bucket, lakePrefix, bus }: SinkNames,
  delivery?: DeliveryOptions,
): Sinks {
  const options = delivery ? { delivery } : {};
  const lake = new FirehoseLake(clients.firehose, lakePrefix, options);
  const large = new S3LargeRecords(clients.s3, bucket);
  const raw = new SqsRawQueue(clients.sqs, rawQueue, { ...TOPOLOGY.raw_packing, ...options, large });
  const archived = new FirehoseArchive(clients.firehose, archive, options);
  return {
    lake: (table, lines) => lake.putLines(table, lines),
    bus: (source, lines) => new EventBridgeBus(clients.bus, { bus, source }, options).publishLines(lines),
    raw: (_, lines) => raw.putPacked(lines.map(readRawLine)),
    archive: (_, lines) => archived.putLines(lines),
  };
}
