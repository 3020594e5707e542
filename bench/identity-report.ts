import type { KindUnits } from './dynamo-kinds.ts';
import type { Machine } from './machine.ts';
import type { ResolveRun } from './resolve.ts';
import type { ScaleLine } from './scale.ts';
import { type EventCost, SCALE_KINDS } from './scale-task.ts';
import { row, table, two, whole } from './table.ts';

export interface IdentityResults {
  readonly machine: Machine;
  readonly load_average_after: number;
  readonly rounds: number;
  readonly scale: readonly ScaleLine[];
  /** The run with the median time. */
  readonly resolve: ResolveRun;
  readonly dynamodb: readonly KindUnits[];
}

const NAMES: Readonly<Record<keyof ScaleLine['costs'], string>> = {
  known: 'known',
  new_visitor: 'new visitor',
  merge: 'merge of two',
  checkpoint: 'checkpoint',
};

const NAMED = [...SCALE_KINDS, 'checkpoint'] as const;

function scaleTable(scale: readonly ScaleLine[], unit: keyof EventCost): string {
  const head = ['identifiers', 'people', 'store GB', 'filled in s', ...NAMED.map((name) => NAMES[name])];
  const rows = scale.map(({ identifiers, persons, bytes, fill_seconds, costs }) =>
    row(
      ...[whole(identifiers), whole(persons), two(bytes / 1e9), whole(fill_seconds)],
      ...NAMED.map((name) => whole(costs[name][unit])),
    ),
  );
  return table(head, rows);
}

/** Largest by smallest cost of each kind of event over the sizes, its share of the checkpoint included. */
export function spread(scale: readonly ScaleLine[], unit: keyof EventCost): Readonly<Record<string, number>> {
  return Object.fromEntries(
    SCALE_KINDS.map((kind) => {
      const costs = scale.map(({ costs }) => costs[kind][unit] + costs.checkpoint[unit]);
      return [NAMES[kind], Math.max(...costs) / Math.min(...costs)];
    }),
  );
}

const spreadText = (scale: readonly ScaleLine[], unit: keyof EventCost): string =>
  Object.entries(spread(scale, unit))
    .map(([name, ratio]) => `${name} ${two(ratio)}`)
    .join(', ');

function resolveText({ people, identifiers, edges, cost, score }: ResolveRun): string {
  return `${whole(people)} people, ${whole(identifiers)} identifiers, ${whole(edges)} edges with string ids: ${two(cost.seconds)} s, ${whole(edges / cost.seconds)} edges/s
(${whole(edges / cost.cpuSeconds)} per second of CPU time). ${whole(score.apart)} people stay apart, ${whole(score.joined)} do not: a shared device bridges them, and
one of the two holds nothing but cookies, devices and open ids, so that it looks like one more device of the other. ${whole(score.strongJoined)} people who both hold
a strong identifier were joined; ${whole(score.fellApart)} fell apart.`;
}

const dynamoTable = (kinds: readonly KindUnits[]): string =>
  table(
    [
      'one event each of 100 people',
      'write units/event',
      'read units/event',
      'calls/event',
      'read units/event for profile rows',
    ],
    kinds.map((of) =>
      row(NAMES[of.kind], two(of.write_units), two(of.read_units), two(of.calls), two(of.profile_read_units)),
    ),
  );

/** The results as a page of Markdown, which is also what is printed. */
export function identityReport({ machine, load_average_after, rounds, ...found }: IdentityResults): string {
  const { scale, resolve, dynamodb } = found;
  return `# Identity benchmark, ${machine.date.slice(0, 10)}

${machine.cpu}, ${machine.cores} cores, ${machine.memory_gib} GiB; a 4 KiB write and sync takes ${two(machine.disk_sync_ms)} ms.
Load average ${two(machine.load_average)} before, ${two(load_average_after)} after. node ${machine.versions.node}, sqlite ${machine.versions.sqlite}.

## Time per event, by size of the embedded store

Means over ${whole(rounds * 200)} events of each kind, one kind after the other, without a pause; a thread moves the log into the database
meanwhile, as in the running program, and what it takes of disk and CPU, to the end, is in the figures. Every event is of another person, drawn evenly from all: nobody
comes back soon, which real visitors do. \`known\`: nothing new about identity. \`new visitor\`: never seen. \`merge of two\`: a
visitor seen before signs in as a member. \`checkpoint\`: what was left to move at the end, per event. Largest by smallest, that
included:
CPU time ${spreadText(scale, 'cpu_us')}; elapsed ${spreadText(scale, 'wall_us')}.

CPU time, µs per event:

${scaleTable(scale, 'cpu_us')}

Elapsed, µs per event:

${scaleTable(scale, 'wall_us')}

## Whole graph in memory

${resolveText(resolve)}

## DynamoDB request units, by kind of event

${dynamodb.length === 0 ? 'Not measured: Java is missing.' : dynamoTable(dynamodb)}

As AWS bills them, computed from item sizes. In batches of 100 events of 100 people: real batches hold several events of one person,
which share these units; see the benchmark of the whole pipeline.
`;
}
