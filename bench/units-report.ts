import type { DynamoRun } from './dynamo.ts';
import type { ArrivalsRun } from './dynamo-arrivals.ts';
import type { Machine } from './machine.ts';
import type { RecordsRun } from './stream-records.ts';
import { row, table, whole } from './table.ts';

export interface UnitResults {
  readonly machine: Machine;
  readonly load_average_after: number;
  readonly arrivals: readonly ArrivalsRun[];
  readonly records: readonly (RecordsRun & { readonly load: string })[];
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

const recordsTable = (runs: UnitResults['records']): string =>
  table(
    ['arrivals', 'size', 'queue messages/event', 'events/batch of clean', 'stream records/event'],
    runs.map(({ load, size, events, messages, batches, stream_records }) =>
      row(...[load, size, three(messages / events), whole(events / batches)], (stream_records / events).toFixed(4)),
    ),
  );

/** The results as a page of Markdown, which is also what is printed. */
export function unitsReport({ machine, load_average_after, arrivals, records, month }: UnitResults): string {
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

## Records of the clean stream

The mixed arrivals, by the batches that clean gets of the queue: readers, window and buckets are the topology's. Each request is one message; each
message comes by chance to one of the readers that wait. A request holds events of many visitors, which is the worst case. Small waits for nothing, since
Lambda would hold what comes to a nearly empty queue for up to twenty seconds: a thousand events a second are for the other two.

${recordsTable(records)}

Simulated, not measured on AWS: that a mapping bounded to two batches has two readers, and one with a higher bound begins with five, is what the
guide of Lambda says.

## Sample month

${monthTable(month)}

A shop's month with tills, CRM imports, mini program and dirt: most requests hold one or two events, and every third person is new.
`;
}
