import type { DynamoRun } from './dynamo.ts';
import type { Machine } from './machine.ts';
import peers from './peers.json' with { type: 'json' };
import type { LatencyRun } from './pipeline.ts';
import { row, table, two, whole } from './table.ts';

/** Medians over the runs; everything is per event of the same traffic. */
export interface Throughput {
  readonly path: string;
  readonly events_per_second: number;
  /** Slowest and fastest run. */
  readonly range: readonly [number, number];
  readonly cpu_us_per_event: number;
  readonly allocated_bytes_per_event: number;
}

export interface Results {
  readonly machine: Machine;
  readonly load_average_after: number;
  readonly settings: { readonly events: number; readonly batch: number; readonly runs: number };
  readonly floor: Throughput;
  readonly throughput: readonly Throughput[];
  readonly bytes_per_event: Readonly<Record<string, number>>;
  readonly latency: readonly LatencyRun[];
  readonly dynamodb: readonly (DynamoRun & { readonly batch: number })[];
}

function throughputTable({ floor, throughput }: Results): string {
  const rows = [floor, ...throughput].map((line) =>
    row(
      line.path,
      whole(line.events_per_second),
      line.range.map(whole).join(' – '),
      line.cpu_us_per_event.toFixed(1),
      whole(line.allocated_bytes_per_event),
    ),
  );
  return table(['path', 'events/s (median)', 'slowest – fastest', 'CPU µs/event', 'heap bytes/event'], rows);
}

function peerTable(): string {
  const rows = peers.peers.map(({ path, events_per_second: [low = 0, high = 0], note }) =>
    row(path, low === high ? whole(low) : `${whole(low)} – ${whole(high)}`, note ?? ''),
  );
  return `${table(['peer', 'events/s per core', ''], rows)}\n\n${peers.how}`;
}

const latencyTable = ({ latency }: Results): string =>
  table(
    ['traffic beside it, events/s', 'p50 ms', 'p99 ms'],
    latency.map((run) => row(whole(run.background_events_per_second), two(run.p50_ms), two(run.p99_ms))),
  );

const dynamoTable = ({ dynamodb }: Results): string =>
  table(
    ['stitch on the sample month', 'events', 'calls', 'write units/event', 'read units/event', 'calls/event'],
    dynamodb.map((run) =>
      row(
        run.batch === 0 ? 'trickle: each request by itself' : `batches of ${run.batch}`,
        ...[whole(run.events), whole(run.batches), two(run.write_units), two(run.read_units), two(run.calls)],
      ),
    ),
  );

/** The results as a page of Markdown, which is also what is printed. */
export function reportOf(results: Results): string {
  const { machine, settings } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const bytes = Object.entries(results.bytes_per_event).map(([name, n]) => row(name, whole(n)));
  return `# Benchmark, ${machine.date.slice(0, 10)}

${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB; a 4 KiB write and sync takes ${two(machine.disk_sync_ms)} ms.
Load average ${two(machine.load_average)} before, ${two(results.load_average_after)} after. ${versions.join(', ')}.

Medians of ${settings.runs} runs, each in a process of its own with ${whole(settings.events)} events in batches of ${settings.batch}.
\`JSON.parse\` alone is the floor of the same runs. CPU time is that of all threads, and steadier than events/s where others use the machine too.

## Events per second

${throughputTable(results)}

## Bytes on the disk, per event

${table(['file', 'bytes/event'], bytes)}

## From request to queryable person

${latencyTable(results)}

## DynamoDB request units

${dynamoTable(results)}

As AWS bills them, computed from item sizes: DynamoDB Local reports too little for transactions.

## Peers, as noted on ${peers.noted_on}

${peerTable()}
`;
}
