import { shortHash } from '../../functions/shared/hash.ts';
import { LAKE_TABLES, type LakeTableName } from '../../schemas/lake.ts';
import { Client, type Ledger } from './client.ts';
import { Cloud } from './cloud.ts';
import { TAMPERS, type TamperName, UNTOUCHED } from './defects.ts';
import { diceFor, type FaultName } from './faults.ts';
import { faultsFound } from './invariants.ts';
import { type Owed, Scene } from './scene.ts';
import { ACTIVE_DAYS, castOf } from './shoppers.ts';
import { seedSources } from './sources.ts';
import { BUSY_HOURS, DAY, HOUR, MINUTE, START, World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Of the seed's faults, those that are kept; default: all. */
  readonly only?: ReadonlySet<FaultName>;
  /** Names of the shoppers that are kept; default: all. */
  readonly shoppers?: ReadonlySet<string>;
  /** Changes what is deployed, mostly for the worse. */
  readonly defect?: TamperName;
  readonly print?: (line: string) => void;
}

export interface SimulationResult {
  /** What does not hold; empty when all does. */
  readonly broken: readonly string[];
  /** Hash of all that happened. */
  readonly digest: string;
  readonly lines: number;
  readonly faults: readonly FaultName[];
  readonly shoppers: readonly string[];
}

/** Those that go away now and then; the first three more often. */
const SERVICES = [
  'dynamo',
  'kinesis',
  'sqs',
  'dynamo',
  'kinesis',
  'sqs',
  'firehose',
  'bus',
  'scheduler',
  'kms',
  's3',
] as const;

/** Redrives while things go on, and those at the end. */
const REDRIVES = 3;
const FINAL_REDRIVES = 2;

/**
 * Runs a whole deployment through four days of traffic with everything that can go wrong, lets it drain, feeds in again what was
 * given up, and checks that nothing is lost, doubled or mistaken. The same options give the same trace. Not in it: API Gateway and
 * its limits, shards that split, the webhook, erasure, Athena itself, and anything that takes more than a week.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, only, shoppers, defect, print } = options;
  const world = new World({ seed, only, print });
  const log = captureLog();
  try {
    const cloud = new Cloud(world, defect ? TAMPERS[defect] : UNTOUCHED);
    seedSources(cloud.dynamo);
    world.planOutages(SERVICES, ACTIVE_DAYS);
    const ledger: Ledger = new Map();
    const client = new Client(world, cloud, ledger);
    const cast = castOf(diceFor(seed, 'cast')).filter(([name]) => shoppers === undefined || shoppers.has(name));
    const owed: Owed[] = [];
    for (const [name, habit] of cast) {
      const scene = new Scene(name, world, client);
      void habit(scene).then(() => owed.push(...scene.owed));
    }
    planGarbage(world, cloud);
    planRedrives(world, cloud);
    planRulesChange(world, cloud);
    await world.time.run(START + ACTIVE_DAYS * DAY);
    world.faults.end();
    await world.time.run();
    for (let n = 0; n < FINAL_REDRIVES; n += 1) {
      cloud.redrive();
      if (cloud.rulesChange) cloud.changeRules();
      await world.time.run();
    }
    world.note('state', stateDigest(cloud));
    const broken = await faultsFound({ world, cloud, ledger, owed, log: log.lines });
    const { digest, lines } = { digest: world.trace.digest(), lines: world.trace.lines };
    return { broken, digest, lines, faults: world.faults.names, shoppers: cast.map(([name]) => name) };
  } finally {
    log.release();
  }
}

/** Of all that is stored in the end; but for the vault, whose seals are random. */
function stateDigest(cloud: Cloud): string {
  const tables = Object.keys(cloud.topology.tables).filter((name) => name !== 'vault');
  const items = tables.map((name) => cloud.dynamo.all(name));
  const rows = LAKE_TABLES.map(({ name }) => cloud.lake.rows(name as LakeTableName));
  return shortHash(JSON.stringify([items, rows]));
}

/** What no stage wrote, in the queue and on the stream; in the queue as it is, or as a record would be. */
function planGarbage(world: World, cloud: Cloud): void {
  const dice = diceFor(world.seed, 'garbage');
  const plan = (put: () => void): void => {
    const at = dice.roll() * 3 * DAY;
    if (world.faults.strikes('garbage')) world.time.after(at, put);
  };
  const raw = `{"garbage in raw": ${dice.below(1000)}`;
  const body = dice.chance(0.5) ? raw : Buffer.from(raw).toString('base64');
  plan(() => cloud.queueGarbage(raw, body));
  const key = `owner-${dice.below(64)}`;
  plan(() => cloud.streamGarbage(`{"garbage on clean": ${dice.below(1000)}`, key));
}

function planRedrives(world: World, cloud: Cloud): void {
  const dice = diceFor(world.seed, 'operator');
  for (let n = 0; n < REDRIVES; n += 1) world.time.after(6 * HOUR + dice.roll() * 3 * DAY, () => cloud.redrive());
}

/** In some seeds the identity rules change while everybody goes on. */
function planRulesChange(world: World, cloud: Cloud): void {
  const dice = diceFor(world.seed, 'rules');
  if (!dice.chance(0.3)) return;
  const at = dice.below(3) * DAY + dice.pick(BUSY_HOURS) + (dice.roll() - 0.9) * 10 * MINUTE;
  world.time.after(at, () => cloud.changeRules());
}

/** Keeps what the functions log, to look for personal data in it. */
function captureLog(): { readonly lines: string[]; release(): void } {
  const lines: string[] = [];
  const { error } = console;
  console.error = (...parts: unknown[]) => void lines.push(JSON.stringify(parts));
  return {
    lines,
    release: () => {
      console.error = error;
    },
  };
}
