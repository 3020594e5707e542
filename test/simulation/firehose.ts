import { InvalidArgumentException, PutRecordBatchCommand, ServiceUnavailableException } from '@aws-sdk/client-firehose';
import { LAKE_TABLES, type LakeRow, type LakeTableName } from '../../schemas/lake.ts';
import type { SimulatedArchive } from './archive.ts';
import { type Service, UnknownCommand } from './wire.ts';
import { MINUTE, SECOND, type World } from './world.ts';

const timestampsOf = new Map<string, readonly string[]>(
  LAKE_TABLES.map(({ name, columns }) => [name, columns.filter(({ type }) => type === 'timestamp').map((c) => c.name)]),
);

const LATEST_MS = 30 * MINUTE;

/** The delivery stream of raw records. */
export const ARCHIVE_STREAM = 'oneriver-archive';
/** Of one record, and of a call. */
const MAX_RECORD_BYTES = 1_000 * 1_024;
const MAX_CALL = { records: 500, bytes: 4 * 1024 * 1024 };

export interface FirehoseSettings {
  readonly prefix: string;
  readonly buffer_seconds: number;
  readonly archive: SimulatedArchive;
}

/** Delivery streams and the files that they write: rows come late, in any order of files, and now and then twice. */
export class SimulatedFirehose implements Service {
  readonly name = 'firehose';
  readonly #world: World;
  readonly #settings: FirehoseSettings;
  readonly #buffers = new Map<string, string[]>();
  readonly #rows = new Map<string, LakeRow[]>();

  constructor(world: World, settings: FirehoseSettings) {
    this.#world = world;
    this.#settings = settings;
  }

  throttled(): Error {
    return new ServiceUnavailableException({ message: 'Slow down.', $metadata: { httpStatusCode: 503 } });
  }

  async handle(command: object): Promise<object> {
    if (!(command instanceof PutRecordBatchCommand)) throw new UnknownCommand(this.name, command);
    const { DeliveryStreamName = '', Records = [] } = command.input;
    const table = DeliveryStreamName.slice(this.#settings.prefix.length + 1);
    const isArchive = DeliveryStreamName === ARCHIVE_STREAM;
    if (!isArchive && !timestampsOf.has(table)) throw new Error(`There is no delivery stream ${DeliveryStreamName}.`);
    refuseLarge(Records.map(({ Data }) => Data?.byteLength ?? 0));
    const RequestResponses = Records.map(({ Data = new Uint8Array() }) => {
      if (this.#world.faults.strikes('partial')) return { ErrorCode: 'ServiceUnavailableException' };
      if (isArchive) this.#settings.archive.take(Data);
      else this.#buffer(table, Buffer.from(Data).toString('utf8'));
      return { RecordId: 'r' };
    });
    return { RequestResponses, FailedPutCount: RequestResponses.filter((reply) => 'ErrorCode' in reply).length };
  }

  /** Rows as a query of the table sees them. */
  rows(table: LakeTableName): readonly LakeRow[] {
    return this.#rows.get(table) ?? [];
  }

  /** Takes rows that are written out already. */
  take(table: string, lines: readonly string[]): void {
    this.#buffer(table, lines.map((line) => `${line}\n`).join(''));
  }

  #buffer(table: string, text: string): void {
    const buffer = this.#buffers.get(table);
    if (buffer) {
      buffer.push(text);
      return;
    }
    this.#buffers.set(table, [text]);
    this.#world.time.after(this.#settings.buffer_seconds * SECOND, () => this.#deliver(table));
  }

  #deliver(table: string): void {
    const lines = (this.#buffers.get(table) ?? []).join('').split('\n').filter(Boolean);
    this.#buffers.delete(table);
    const { faults, dice, time } = this.#world;
    const times = faults.strikes('redelivery') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      time.after(faults.strikes('late') ? dice.roll() * LATEST_MS : 0, () => this.#write(table, lines));
    }
  }

  #write(table: string, lines: readonly string[]): void {
    this.#world.note('lake', `${table}: ${lines.length} rows`);
    const known = this.#rows.get(table) ?? [];
    this.#rows.set(table, known);
    for (const line of lines) {
      const row = JSON.parse(line) as LakeRow;
      for (const name of timestampsOf.get(table) ?? []) {
        const value = row[name];
        if (typeof value === 'string') row[name] = `${value.replace(' ', 'T')}Z`;
      }
      known.push(row);
    }
  }
}

/** What is larger than a call may be is a defect of the caller. */
function refuseLarge(bytes: readonly number[]): void {
  const sum = bytes.reduce((all, each) => all + each, 0);
  const fits = bytes.length <= MAX_CALL.records && sum <= MAX_CALL.bytes && Math.max(...bytes) <= MAX_RECORD_BYTES;
  if (!fits) throw new InvalidArgumentException({ message: `A call has ${sum} bytes.`, $metadata: {} });
}
