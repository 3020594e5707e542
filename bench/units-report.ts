import type { DynamoRun } from './dynamo.ts';
import type { ArrivalsRun } from './dynamo-arrivals.ts';
import type { Machine } from './machine.ts';
import { row, table, whole } from './table.ts';

export interface UnitResults {
  readonly machine: Machine;
  readonly load_average_after: number;
  readonly arrivals: readonly ArrivalsRun[];
  /** The sample month; `batch` 0: each request by itself. */
  readonly month: readonly (DynamoRun & { readonly batch: number })[];
}

const three = (n: number): string => n.toFixed(3);

const NAMES = {
  known: 'all known: 55 % visitors, 45 % members',
  mixed: 'mixed: 50 % new, 20 % known visitors, 30 % members; 5 % sign in',
  new: 'all new',
} as const;

const arrivalsTable = (runs: readonly ArrivalsRun[]): string =>
  table(
    [
      ...['sessions', 'events', 'events/batch', 'write units/event', 'read units/event', 'of these clean: write, read'],
      ...['as DynamoDB Local reports: write, read', 'calls/event'],
    ],
    runs.map(({ mix, trickle, events, batches, stitch, clean }) =>
      row(
        `${NAMES[mix]}${trickle ? '; **each event by itself**' : ''}`,
        ...[whole(events), whole(events / batches)],
        ...[three(stitch.write + clean.write), three(stitch.read + clean.read)],
        `${three(clean.write)}, ${three(clean.read)}`,
        `${three(stitch.reported_write + clean.reported_write)}, ${three(stitch.reported_read + clean.reported_read)}`,
        three(stitch.calls + clean.calls),
      ),
    ),
  );

const monthTable = (runs: UnitResults['month']): string =>
  table(
    ['sample month', 'events', 'calls to stitch', 'write units/event', 'read units/event'],
    runs.map(({ batch, events, batches, write_units, read_units }) =>
      row(
        batch === 0 ? 'trickle: each request by itself' : `batches of ${batch}`,
        ...[whole(events), whole(batches), three(write_units), three(read_units)],
      ),
    ),
  );

/** The results as a page of Markdown, which is also what is printed. */
export function unitsReport({ machine, load_average_after, arrivals, month }: UnitResults): string {
  return `# DynamoDB request units, ${machine.date.slice(0, 10)}

${machine.cpu}, ${machine.cores} cores. Load average ${machine.load_average.toFixed(2)} before, ${load_average_after.toFixed(2)} after; units do not depend on it. node ${machine.versions.node}, @aws-sdk/client-dynamodb ${machine.versions['@aws-sdk/client-dynamodb']}.

## Simulated arrivals

1,000 events/s for a web shop, in requests of 20 events, through clean and stitch as the topology batches them: 250 people are on the site, each with four
events in a batch window of one second, for three windows. Before that, the same shop for a week: everybody known was there about
once, with twelve events, all of which their dedupe sets still hold. Every call counts, also failed conditions: dedupe, profiles, timers,
profile rows of the lake, vault.

${arrivalsTable(arrivals)}

Units as AWS bills them, computed from the sizes of the items; DynamoDB Local reports one item of a transaction only, and no missing items. What it
reports of single writes and reads agrees with them.

## Sample month

${monthTable(month)}

A shop's month with tills, CRM imports, mini program and dirt: most requests hold one or two events, and every third person is new.
`;
}
