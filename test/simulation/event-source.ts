import type { KinesisStreamBatchResponse, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import type { StreamConsumerSettings } from '../../functions/shared/topology.ts';
import { diceFor } from './faults.ts';
import type { SimulatedRecord } from './kinesis.ts';
import type { SimulatedFunction } from './lambda.ts';
import { HOUR, MINUTE, SECOND, type World } from './world.ts';

/** What Lambda gave up on, with its bytes, as it lies in the failures bucket. */
export interface GivenUp {
  readonly consumer: string;
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  readonly event: KinesisStreamEvent;
}

export interface EventSourceProps {
  readonly name: string;
  readonly settings: StreamConsumerSettings;
  readonly target: SimulatedFunction<KinesisStreamEvent, KinesisStreamBatchResponse>;
  readonly onFailure: (givenUp: GivenUp) => void;
}

interface Batch {
  readonly records: readonly SimulatedRecord[];
  /** Attempts so far. A batch that was halved keeps them: halving is no attempt of its own. */
  readonly attempts: number;
}

/** Some partition keys of a shard: taken one batch after the other. */
interface Lane {
  waiting: SimulatedRecord[];
  busy: boolean;
  planned: boolean;
}

const FIRST_RETRY_MS = SECOND;
const LONGEST_RETRY_MS = MINUTE;
/** How far a reader falls behind now and then: its next batch is larger. */
const LONGEST_LAG_MS = 5 * MINUTE;

/**
 * Lambda's reader of a stream: batches by size or window, several at once per shard but one per partition key, partial failures
 * from the named record on, bisection, bounded retries and age; what it gives up on goes to the failures bucket. Delivers at least once.
 */
export class EventSource {
  readonly #world: World;
  readonly #props: EventSourceProps;
  readonly #lanes = new Map<string, Lane>();

  constructor(world: World, props: EventSourceProps) {
    this.#world = world;
    this.#props = props;
  }

  offer(record: SimulatedRecord): void {
    const { parallelization } = this.#props.settings;
    const name = `${record.shard}.${Math.floor(diceFor(0, record.key).roll() * parallelization)}`;
    const lane = this.#lanes.get(name) ?? { waiting: [], busy: false, planned: false };
    this.#lanes.set(name, lane);
    lane.waiting.push(record);
    this.#plan(lane);
  }

  #plan(lane: Lane): void {
    const { batch_size, window_seconds } = this.#props.settings;
    if (lane.busy || lane.waiting.length === 0) return;
    if (lane.waiting.length >= batch_size) {
      this.#start(lane);
      return;
    }
    if (lane.planned) return;
    lane.planned = true;
    const { faults, dice, time } = this.#world;
    const lag = faults.strikes('late') ? dice.roll() * LONGEST_LAG_MS : 0;
    time.after(window_seconds * SECOND + lag, () => {
      lane.planned = false;
      if (!lane.busy) this.#start(lane);
    });
  }

  #start(lane: Lane): void {
    const records = lane.waiting.splice(0, this.#props.settings.batch_size);
    if (records.length === 0) return;
    lane.busy = true;
    void this.#take({ records, attempts: 0 }).then(() => {
      lane.busy = false;
      this.#plan(lane);
    });
  }

  /** Until the whole batch is done or given up. */
  async #take(first: Batch): Promise<void> {
    const open: Batch[] = [first];
    for (let batch = open.pop(); batch; batch = open.pop()) {
      const left = await this.#attempt(this.#withoutOld(batch));
      open.push(...left.reverse());
      if (left.length > 0) await this.#world.time.sleep(this.#pause(batch.attempts));
      // The reader lost its checkpoint: what was done is delivered once more.
      else if (this.#world.faults.strikes('redelivery')) open.push({ ...batch, attempts: 0 });
    }
  }

  #pause(attempts: number): number {
    return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts) * (0.5 + this.#world.dice.roll() / 2);
  }

  /** What is left to do after one invocation, in order. */
  async #attempt(batch: Batch): Promise<Batch[]> {
    const { records, attempts } = batch;
    const { name, settings, target } = this.#props;
    if (records.length === 0) return [];
    this.#world.note(
      name,
      `takes ${records.length} records from ${records[0]?.sequence.slice(-6)}, attempt ${attempts + 1}`,
    );
    const failed = await target.invoke(eventOf(name, records)).then(
      (reply) => firstFailed(records, reply),
      () => 0,
    );
    if (failed === undefined) return [];
    const rest = records.slice(failed);
    if (settings.bisect && failed === 0 && rest.length > 1) {
      const middle = rest.length >> 1;
      return [rest.slice(0, middle), rest.slice(middle)].map((half) => ({ records: half, attempts }));
    }
    if (attempts < settings.retries) return [{ records: rest, attempts: attempts + 1 }];
    this.#giveUp(rest, 'RetryAttemptsExhausted');
    return [];
  }

  #withoutOld(batch: Batch): Batch {
    const oldest = this.#world.time.now() - this.#props.settings.max_age_hours * HOUR;
    const old = batch.records.filter(({ arrived }) => arrived < oldest);
    if (old.length === 0) return batch;
    this.#giveUp(old, 'RecordAgeExceeded');
    return { ...batch, records: batch.records.filter(({ arrived }) => arrived >= oldest) };
  }

  #giveUp(records: readonly SimulatedRecord[], condition: GivenUp['condition']): void {
    const { name, onFailure } = this.#props;
    this.#world.note(name, `gives up on ${records.length} records: ${condition}`);
    onFailure({ consumer: name, condition, event: eventOf(name, records) });
  }
}

/** Position of the first record to deliver again; undefined when all is done. An answer that names no record of the batch fails it all. */
function firstFailed(records: readonly SimulatedRecord[], reply: KinesisStreamBatchResponse): number | undefined {
  const failures = reply?.batchItemFailures ?? [];
  if (failures.length === 0) return undefined;
  const positions = failures.map(({ itemIdentifier }) =>
    records.findIndex(({ sequence }) => sequence === itemIdentifier),
  );
  return positions.includes(-1) ? 0 : Math.min(...positions);
}

const eventOf = (consumer: string, records: readonly SimulatedRecord[]): KinesisStreamEvent => ({
  Records: records.map(
    ({ shard, sequence, key, bytes, arrived }): KinesisStreamRecord => ({
      awsRegion: 'eu-central-1',
      eventID: `shardId-${String(shard).padStart(12, '0')}:${sequence}`,
      eventName: 'aws:kinesis:record',
      eventSource: 'aws:kinesis',
      eventSourceARN: `arn:aws:kinesis:eu-central-1:111111111111:stream/${consumer}`,
      eventVersion: '1.0',
      invokeIdentityArn: 'arn:aws:iam::111111111111:role/simulated',
      kinesis: {
        approximateArrivalTimestamp: arrived / SECOND,
        data: Buffer.from(bytes).toString('base64'),
        kinesisSchemaVersion: '1.0',
        partitionKey: key,
        sequenceNumber: sequence,
      },
    }),
  ),
});
