import { createHash } from 'node:crypto';
import {
  InternalFailureException,
  ProvisionedThroughputExceededException,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import type { Topology } from '../../functions/shared/topology.ts';
import { type Service, UnknownCommand } from './wire.ts';
import type { World } from './world.ts';

export interface SimulatedRecord {
  readonly shard: number;
  readonly sequence: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  /** Epoch ms. */
  readonly arrived: number;
}

/** Shards that a new on-demand stream has. */
const ON_DEMAND_SHARDS = 4;
const SEQUENCE_DIGITS = 20;

/** The only stream: of clean events. */
export const CLEAN_STREAM = 'clean';

const hashOf = (key: string): number => createHash('md5').update(key).digest().readUInt32BE(0) / 2 ** 32;

interface Stream {
  readonly shards: number;
  readonly records: SimulatedRecord[];
  readonly readers: ((record: SimulatedRecord) => void)[];
}

/** The streams of a topology. What is put is durable in the order of arrival, per shard. */
export class SimulatedKinesis implements Service {
  readonly name = 'kinesis';
  readonly #world: World;
  readonly #streams = new Map<string, Stream>();
  #sequence = 0;

  constructor(world: World, topology: Topology) {
    this.#world = world;
    const { mode, shards } = topology.streams.clean;
    const count = mode === 'on_demand' ? ON_DEMAND_SHARDS : (shards ?? 1);
    this.#streams.set(CLEAN_STREAM, { shards: count, records: [], readers: [] });
  }

  throttled(): Error {
    const $metadata = {};
    return this.#world.dice.chance(0.2)
      ? new InternalFailureException({ message: 'It failed.', $metadata: { httpStatusCode: 500 } })
      : new ProvisionedThroughputExceededException({ message: 'Too much.', $metadata });
  }

  async handle(command: object): Promise<object> {
    if (command instanceof PutRecordCommand) {
      const { StreamName = '', PartitionKey = '', Data = new Uint8Array() } = command.input;
      return { SequenceNumber: this.put(StreamName, PartitionKey, Data).sequence };
    }
    if (!(command instanceof PutRecordsCommand)) throw new UnknownCommand(this.name, command);
    const { StreamName = '', Records: entries = [] } = command.input;
    const Records = entries.map(({ PartitionKey = '', Data = new Uint8Array() }) =>
      this.#world.faults.strikes('partial')
        ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Too much.' }
        : { SequenceNumber: this.put(StreamName, PartitionKey, Data).sequence },
    );
    return { Records, FailedRecordCount: Records.filter((record) => 'ErrorCode' in record).length };
  }

  put(stream: string, key: string, bytes: Uint8Array): SimulatedRecord {
    const { shards, records, readers } = this.#stream(stream);
    this.#sequence += 1;
    const sequence = `49${String(this.#sequence).padStart(SEQUENCE_DIGITS, '0')}`;
    const shard = Math.floor(hashOf(key) * shards);
    const record = { shard, sequence, key, bytes, arrived: this.#world.time.now() };
    records.push(record);
    this.#world.note(stream, `${key} is record ${this.#sequence} of shard ${shard}`);
    for (const read of readers) read(record);
    return record;
  }

  /** Everything that was ever put. */
  records(stream: string): readonly SimulatedRecord[] {
    return this.#stream(stream).records;
  }

  onRecord(stream: string, read: (record: SimulatedRecord) => void): void {
    this.#stream(stream).readers.push(read);
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name);
    if (!stream) throw new Error(`There is no stream ${name} in the topology.`);
    return stream;
  }
}
