import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dynamoDbLocalMissing } from '../test/support/dynamodb-local.ts';
import { runTask } from './child.ts';
import type { DynamoRun } from './dynamo.ts';
import { describeMachine } from './machine.ts';
import { type Cost, median } from './measure.ts';
import { type LatencyRun, type PipelineRun, runLatency, runPipeline } from './pipeline.ts';
import { type Results, reportOf, type Throughput } from './report.ts';

const BATCH = 100;
/** Events per second that flow beside the events whose latency is measured. */
const BACKGROUND = [0, 2_000];
const DYNAMO_PEOPLE = 60;

const STAGES = {
  floor: 'floor: JSON.parse alone',
  collect: 'collect: request → synced raw stream (no HTTP)',
  clean: 'clean: raw record → clean events',
  stitch: 'stitch: clean events → persons, profiles on SQLite',
  lake: 'lake: rows → Parquet',
} as const;

interface Settings {
  readonly events: number;
  readonly batch: number;
  readonly runs: number;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Medians of several runs of one path. */
function throughputOf(path: string, events: number, runs: readonly { seconds: number; cost: Cost }[]): Throughput {
  const rates = runs.map(({ seconds }) => events / seconds);
  return {
    path,
    events_per_second: median(rates),
    range: [Math.min(...rates), Math.max(...rates)],
    cpu_us_per_event: (median(runs.map(({ cost }) => cost.cpuSeconds)) / events) * 1e6,
    allocated_bytes_per_event: median(runs.map(({ cost }) => cost.allocatedBytes)) / events,
  };
}

async function repeat<T>(settings: Settings, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let n = 0; n < settings.runs; n += 1) results.push(await run());
  return results;
}

async function stage(name: keyof typeof STAGES, settings: Settings): Promise<Throughput> {
  const costs = await repeat(settings, () => runTask<Cost>(name, settings));
  const line = throughputOf(
    STAGES[name],
    settings.events,
    costs.map((cost) => ({ seconds: cost.seconds, cost })),
  );
  say(`${line.path}: ${Math.round(line.events_per_second)} events/s`);
  return line;
}

async function pipeline(settings: Settings): Promise<{ lines: Throughput[]; bytes: Record<string, number> }> {
  const runs: PipelineRun[] = await repeat(settings, () => runPipeline(settings));
  const all = runs.map(({ seconds, server }) => ({ seconds, cost: server.cost }));
  const taken = runs.map(({ acknowledgedSeconds, server }) => ({ seconds: acknowledgedSeconds, cost: server.cost }));
  const { events } = settings;
  const lines = [throughputOf('whole pipeline over HTTP, until SQL sees rows and profiles', events, all)];
  lines.push({ ...throughputOf('the same, until every request was acknowledged', events, taken) });
  say(`whole pipeline: ${Math.round(lines[0]?.events_per_second ?? 0)} events/s`);
  const stored = (of: (run: PipelineRun) => number): number => median(runs.map(of));
  return {
    lines,
    bytes: {
      'raw stream (raw.db)': stored(({ server, stored: n }) => server.bytes.raw / n),
      'persons, profiles, timers (state.db)': stored(({ server, stored: n }) => server.bytes.state / n),
      'personal values (vault.db)': stored(({ server, stored: n }) => server.bytes.vault / n),
      'lake (Parquet)': stored(({ server, stored: n }) => server.bytes.parquet / n),
    },
  };
}

async function dynamo(): Promise<Results['dynamodb']> {
  const missing = dynamoDbLocalMissing();
  if (missing !== undefined) {
    say(`DynamoDB Local cannot run here: ${missing}. Its part is left out.`);
    return [];
  }
  const results: (DynamoRun & { batch: number })[] = [];
  for (const batch of [BATCH, 0]) {
    results.push({ ...(await runTask<DynamoRun>('dynamo', { people: DYNAMO_PEOPLE, batch })), batch });
  }
  return results;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { events: { type: 'string', default: '30000' }, runs: { type: 'string', default: '5' } },
  });
  const settings: Settings = { events: Number(values.events), batch: BATCH, runs: Number(values.runs) };
  if (!(settings.events >= BATCH && settings.runs >= 1)) {
    throw new Error(`--events must be ${BATCH} or more and --runs 1 or more.`);
  }
  const machine = describeMachine(new Date());
  const floor = await stage('floor', settings);
  const { lines, bytes } = await pipeline(settings);
  const stages: Throughput[] = [];
  for (const name of ['collect', 'clean', 'stitch', 'lake'] as const) stages.push(await stage(name, settings));
  const latency: LatencyRun[] = [];
  for (const background of BACKGROUND) latency.push(await runLatency(background));
  const results: Results = {
    ...{ machine, settings, floor, throughput: [...lines, ...stages], bytes_per_event: bytes, latency },
    dynamodb: await dynamo(),
    load_average_after: loadavg()[0] ?? 0,
  };
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = machine.date.slice(0, 10);
  writeFileSync(join(folder, `${name}.md`), reportOf(results));
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`${reportOf(results)}\nWritten to bench/results/${name}.md and .json.\n`);
}

await main();
