import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { HttpResponse } from '../../functions/shared/http.ts';
import { SPILL_PREFIX } from '../../functions/shared/spill.ts';
import { SIZES, type StreamName, type Topology, topologyOf } from '../../functions/shared/topology.ts';
import { AsyncInvocations } from './async-invoke.ts';
import {
  type CollectCall,
  cleanFunction,
  collectFunction,
  DEFINITIONS,
  type Deployment,
  fireFunction,
  readersOf,
  redriveFunction,
  stitchFunction,
  type Tamper,
} from './deployed.ts';
import { SimulatedDynamo } from './dynamo.ts';
import { SimulatedBus } from './event-bus.ts';
import { EventSource, type GivenUp } from './event-source.ts';
import { diceFor } from './faults.ts';
import { SimulatedFirehose } from './firehose.ts';
import { physicalOf, SimulatedKinesis } from './kinesis.ts';
import { SimulatedKms } from './kms.ts';
import { type FunctionSettings, SimulatedFunction } from './lambda.ts';
import { SimulatedBucket } from './object-store.ts';
import { redriveCommand } from './operator.ts';
import { rulesCommand } from './rules-change.ts';
import { SimulatedScheduler } from './timers.ts';
import { MINUTE, type World } from './world.ts';

const [FIRST_SIZE = 'small', ...OTHER_SIZES] = SIZES;

type Consumer = FunctionSettings<KinesisStreamEvent, KinesisStreamBatchResponse>;

/** A whole deployment, of the size that the seed says, in one process. */
export class Cloud {
  readonly topology: Topology;
  readonly dynamo: SimulatedDynamo;
  readonly kinesis: SimulatedKinesis;
  readonly lake: SimulatedFirehose;
  readonly bus: SimulatedBus;
  /** Asynchronous invocations of fire: by the bus, and by timers. */
  readonly firing: AsyncInvocations;
  /** What functions could not hand on, and what they gave up on. */
  readonly bucket: SimulatedBucket;
  /** What was put on the streams by nobody. */
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
    this.lake = new SimulatedFirehose(world, topology.lake);
    const campaigns = new Set(DEFINITIONS.campaigns.filter(({ active }) => active).map(({ id }) => id));
    this.bus = new SimulatedBus(world, { campaigns, target: (event) => this.firing.send(event) });
    const scheduler = new SimulatedScheduler(world, (event) => this.firing.send(event));
    this.bucket = new SimulatedBucket(world, () => this.#planDrain());
    const { dynamo, kinesis, lake: firehose, bus } = this;
    const services = { dynamo, kinesis, firehose, bus, scheduler, kms: new SimulatedKms(world), s3: this.bucket };
    const deployment: Deployment = { topology, services, tamper };
    this.collector = new SimulatedFunction(world, collectFunction(deployment));
    this.firing = new AsyncInvocations(world, new SimulatedFunction(world, fireFunction(deployment)));
    this.#operator = new SimulatedFunction(world, redriveCommand(deployment, this.firing));
    this.#rules = new SimulatedFunction(world, rulesCommand(deployment));
    this.#drain = new SimulatedFunction(world, redriveFunction(deployment));
    this.#read({ clean: cleanFunction(deployment), stitch: stitchFunction(deployment) });
  }

  #read(functions: { readonly clean: Consumer; readonly stitch: Consumer }): void {
    for (const { consumer, stream } of readersOf(this.topology)) {
      const source = new EventSource(this.#world, {
        name: consumer,
        settings: this.topology.consumers[consumer],
        target: new SimulatedFunction(this.#world, functions[consumer]),
        onFailure: (givenUp) => this.#keep(givenUp),
      });
      this.kinesis.onRecord(stream, (record) => source.offer(record));
    }
  }

  /** Puts bytes on a stream that no stage wrote. */
  putGarbage(stream: StreamName, key: string, bytes: Uint8Array): void {
    this.garbage.push(Buffer.from(bytes).toString('utf8'));
    this.kinesis.put(physicalOf(this.topology, stream), key, bytes);
  }

  /** An operator feeds in again what was given up. */
  redrive(): void {
    const idle = this.bucket.objects.size === 0 && this.firing.deadLetters.size === 0;
    if (!idle) void this.#operator.invoke({}).catch(() => undefined);
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
