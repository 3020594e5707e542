import type { HttpResponse } from '../../functions/shared/http.ts';
import { SPILL_PREFIX } from '../../functions/shared/spill.ts';
import { SIZES, type Topology, topologyOf } from '../../functions/shared/topology.ts';
import { SimulatedArchive } from './archive.ts';
import { AsyncInvocations } from './async-invoke.ts';
import { cleanFunction } from './clean-function.ts';
import { type CollectCall, collectFunction, fireFunction, redriveFunction, stitchFunction } from './deployed.ts';
import { DEFINITIONS, type Deployment, type Tamper } from './deployment.ts';
import { SimulatedDynamo } from './dynamo.ts';
import { SimulatedBus } from './event-bus.ts';
import { EventSource, type GivenUp } from './event-source.ts';
import { diceFor } from './faults.ts';
import { SimulatedFirehose } from './firehose.ts';
import { CLEAN_STREAM, SimulatedKinesis } from './kinesis.ts';
import { SimulatedKms } from './kms.ts';
import { SimulatedFunction } from './lambda.ts';
import { SimulatedBucket } from './object-store.ts';
import { redriveCommand } from './operator.ts';
import { Poisons } from './poison.ts';
import { SimulatedQueue } from './queue.ts';
import { QueueSource } from './queue-source.ts';
import { rulesCommand } from './rules-change.ts';
import { SimulatedSqs, urlOf } from './sqs.ts';
import { SimulatedScheduler } from './timers.ts';
import { MINUTE, type World } from './world.ts';

const [FIRST_SIZE = 'small', ...OTHER_SIZES] = SIZES;

/** A whole deployment, of the size that the seed says, in one process. */
export class Cloud {
  readonly topology: Topology;
  readonly dynamo: SimulatedDynamo;
  readonly kinesis: SimulatedKinesis;
  readonly raw: SimulatedQueue;
  readonly rawDeadLetters: SimulatedQueue;
  /** Messages that end clean. */
  readonly poisons: Poisons;
  /** Raw records as they came. */
  readonly archive: SimulatedArchive;
  readonly lake: SimulatedFirehose;
  readonly bus: SimulatedBus;
  /** Asynchronous invocations of fire: by the bus, and by timers. */
  readonly firing: AsyncInvocations;
  /** What functions could not hand on, and what they gave up on. */
  readonly bucket: SimulatedBucket;
  /** What was put on the stream or into the queue by nobody. */
  readonly garbage: string[] = [];
  /** Are the identity rules others in the end than those that were deployed? */
  rulesChange = false;
  readonly collector: SimulatedFunction<CollectCall, HttpResponse>;
  readonly #world: World;
  /** Puts other identity rules in force. */
  readonly #rules: SimulatedFunction<object, unknown>;
  readonly #operator: SimulatedFunction<object, unknown>;
  readonly #drain: SimulatedFunction<object, unknown>;
  #drainIsPlanned = false;

  constructor(world: World, tamper: Tamper) {
    this.#world = world;
    const size = diceFor(world.seed, 'size').pick([FIRST_SIZE, ...OTHER_SIZES]);
    world.note('deployment', size);
    const topology = topologyOf(size);
    this.topology = topology;
    const keys = Object.entries(topology.tables).map(([name, { partition_key }]) => [name, partition_key]);
    this.dynamo = new SimulatedDynamo(world, Object.fromEntries(keys));
    this.kinesis = new SimulatedKinesis(world, topology);
    const { visibility_seconds, retention_days, max_receives } = tamper.rawQueue(topology.raw_queue);
    const waiting = { visibility_seconds, retention_days };
    this.rawDeadLetters = new SimulatedQueue(world, { name: 'raw-dead', ...waiting });
    const redrive = { max_receives, to: this.rawDeadLetters };
    this.raw = new SimulatedQueue(world, { name: 'raw', ...waiting, redrive });
    this.poisons = new Poisons(world);
    this.archive = new SimulatedArchive(world, topology.lake.buffer_seconds);
    this.lake = new SimulatedFirehose(world, { ...topology.lake, archive: this.archive });
    const campaigns = new Set(DEFINITIONS.campaigns.filter(({ active }) => active).map(({ id }) => id));
    this.bus = new SimulatedBus(world, { campaigns, target: (event) => this.firing.send(event) });
    const scheduler = new SimulatedScheduler(world, (event) => this.firing.send(event));
    this.bucket = new SimulatedBucket(world, () => this.#planDrain());
    const { dynamo, kinesis, lake: firehose, bus, poisons } = this;
    const sqs = new SimulatedSqs(world, [this.raw, this.rawDeadLetters]);
    const services = { dynamo, kinesis, sqs, firehose, bus, scheduler, kms: new SimulatedKms(world), s3: this.bucket };
    const deployment: Deployment = { topology, services, rawQueueUrl: urlOf(this.raw), poisons, tamper };
    this.collector = new SimulatedFunction(world, collectFunction(deployment));
    this.firing = new AsyncInvocations(world, new SimulatedFunction(world, fireFunction(deployment)));
    const letters = { firing: this.firing, raw: this.rawDeadLetters };
    this.#operator = new SimulatedFunction(world, redriveCommand(deployment, letters));
    this.#rules = new SimulatedFunction(world, rulesCommand(deployment));
    this.#drain = new SimulatedFunction(world, redriveFunction(deployment));
    this.#read(deployment);
  }

  #read(deployment: Deployment): void {
    const { clean, stitch } = this.topology.consumers;
    const target = new SimulatedFunction(this.#world, cleanFunction(deployment));
    new QueueSource(this.#world, { name: 'clean', queue: this.raw, settings: clean, target }).begin();
    const source = new EventSource(this.#world, {
      name: 'stitch',
      settings: stitch,
      target: new SimulatedFunction(this.#world, stitchFunction(deployment)),
      onFailure: (givenUp) => this.#keep(givenUp),
    });
    this.kinesis.onRecord(CLEAN_STREAM, (record) => source.offer(record));
  }

  /** Puts a text into the raw queue that no stage wrote. @param body the text, or what else stands for it in a message */
  queueGarbage(text: string, body: string): void {
    this.garbage.push(text);
    this.raw.send(body);
  }

  /** Puts a text on the clean stream that no stage wrote. */
  streamGarbage(text: string, key: string): void {
    this.garbage.push(text);
    this.kinesis.put(CLEAN_STREAM, key, Buffer.from(text));
  }

  /** An operator feeds in again what was given up. */
  redrive(): void {
    const left = this.bucket.objects.size + this.firing.deadLetters.size + this.rawDeadLetters.size;
    if (left > 0) void this.#operator.invoke({}).catch(() => undefined);
  }

  /** Begins a change of the identity rules, or goes on with it. */
  changeRules(): void {
    this.rulesChange = true;
    void this.#rules.invoke({}).catch(() => undefined);
  }

  /** What Lambda gives up on: an object for each batch, with its bytes. */
  #keep({ consumer, condition, event }: GivenUp): void {
    const [first, last] = [event.Records[0], event.Records.at(-1)];
    const body = {
      requestContext: { functionArn: `arn:aws:lambda:eu-central-1:111111111111:function:${consumer}`, condition },
      timestamp: new Date(this.#world.time.now()).toISOString(),
      KinesisBatchInfo: {
        shardId: first?.eventID.split(':')[0],
        startSequenceNumber: first?.kinesis.sequenceNumber,
        endSequenceNumber: last?.kinesis.sequenceNumber,
        batchSize: event.Records.length,
        streamArn: first?.eventSourceARN,
      },
      payload: JSON.stringify(event),
    };
    this.bucket.write(`aws/lambda/${consumer}/${this.#world.newId('batch')}`, Buffer.from(JSON.stringify(body)));
  }

  /** As a schedule does: every few minutes for as long as something is there; a run that finds nothing does nothing. */
  #planDrain(): void {
    if (this.#drainIsPlanned) return;
    this.#drainIsPlanned = true;
    this.#world.time.after(this.topology.drain.every_minutes * MINUTE, () => {
      this.#drainIsPlanned = false;
      if (![...this.bucket.objects.keys()].some((key) => key.startsWith(SPILL_PREFIX))) return;
      this.#planDrain();
      void this.#drain.invoke({}).catch(() => undefined);
    });
  }
}
