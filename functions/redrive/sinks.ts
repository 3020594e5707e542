import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { FirehoseClient } from '@aws-sdk/client-firehose';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { DeliveryOptions } from '../shared/aws-batch.ts';
import { EventBridgeBus } from '../shared/event-bus.ts';
import { FirehoseLake } from '../shared/firehose-lake.ts';
import { readRawLine } from '../shared/kinesis-raw-stream.ts';
import { KinesisRecords } from '../shared/kinesis-records.ts';
import type { Sinks } from './drain.ts';

export interface SinkNames {
  readonly rawStream: string;
  readonly lakePrefix: string;
  readonly bus: string;
}

/** The deployment's own lake, bus and raw stream, without a spill: what they do not take stays where it is. */
export function awsSinks(
  clients: { firehose: FirehoseClient; bus: EventBridgeClient; kinesis: KinesisClient },
  { rawStream, lakePrefix, bus }: SinkNames,
  delivery?: DeliveryOptions,
): Sinks {
  const options = delivery ? { delivery } : {};
  const lake = new FirehoseLake(clients.firehose, lakePrefix, options);
  const raw = new KinesisRecords(clients.kinesis, rawStream, delivery);
  return {
    lake: (table, lines) => lake.putLines(table, lines),
    bus: (source, lines) => new EventBridgeBus(clients.bus, { bus, source }, options).publishLines(lines),
    raw: (_, lines) => raw.put(lines.map(readRawLine)),
  };
}
