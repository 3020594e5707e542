import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanRecord } from '../functions/clean/clean.ts';
import { packEvents } from '../functions/clean/clean-stream.ts';
import { collect } from '../functions/collect/collect.ts';
import { firehoseLine } from '../functions/shared/firehose-lake.ts';
import { profileRows } from '../functions/shared/person/profile-rows.ts';
import { pack } from '../functions/shared/stream-codec.ts';
import { TOPOLOGY } from '../functions/shared/topology.ts';
import { stitch } from '../functions/stitch/stitch.ts';
import { SqliteDocStore } from '../local/doc-store.ts';
import { SourceRegistry } from '../local/sources.ts';
import { openDatabase } from '../local/sqlite.ts';
import type { CleanEvent } from '../schemas/event.ts';
import type { LakeRow, LakeTableName } from '../schemas/lake.ts';
import { runTask } from './child.ts';
import type { KindUnits } from './dynamo-kinds.ts';
import { inFolder } from './folder.ts';
import { describeMachine } from './machine.ts';
import { measure } from './measure.ts';
import { cleanDeps, stitchDeps } from './stages.ts';
import { batchBodies, retailTraffic } from './traffic.ts';

const EVENTS = 12_000;
/** Figures of the first events are thrown away: the compiler is still at work. */
const WARM_UP_SHARE = 0.25;
const REQUEST_SIZES = [1, 20] as const;
/** Events that clean takes at once. */
const CLEAN_BATCHES = [1, 20, 200, 1_000] as const;
/** Events that stitch takes at once while the others are measured: a quiet second of a busy shop. */
const STITCH_BATCH = 40;
/** People in the table when the request units are measured. */
const DYNAMO_PEOPLE = 1_000;

interface RequestCost {
  readonly events: number;
  readonly body_bytes: number;
  readonly raw_bytes: number;
  readonly collect_cpu_ms: number;
}

interface Collected {
  readonly records: readonly Uint8Array[];
  readonly cost: RequestCost;
}

const bodies = (events: number): Buffer[] =>
  batchBodies(retailTraffic({ start: Date.now() - 3_600_000, events: EVENTS }), events);

/** Requests of one size through `collect`, into a stream that packs the bytes and only keeps them. */
function collected(events: number): Promise<Collected> {
  return inFolder(async (folder) => {
    const sources = new SourceRegistry(folder);
    const records: Uint8Array[] = [];
    let packed = 0;
    const put = async (record: Uint8Array): Promise<void> => {
      packed += pack(record, TOPOLOGY.raw_packing.gzip_from_bytes).byteLength;
      records.push(record);
    };
    const deps = {
      ...{ clock: { now: Date.now }, newRequestId: () => 'request', observe: () => undefined },
      ...{ sourceByKey: sources.byKey, isAllowedOrigin: sources.isAllowedOrigin },
      raw: { put },
    };
    const authorization = `Basic ${Buffer.from(`${sources.keyOf('web')}:`).toString('base64')}`;
    const all = bodies(events);
    const send = async (some: readonly Buffer[]): Promise<void> => {
      for (const body of some) {
        await collect({ method: 'POST', path: '/v1/batch', query: {}, headers: { authorization }, body }, deps);
      }
    };
    const warm = Math.ceil(all.length * WARM_UP_SHARE);
    await send(all.slice(0, warm));
    const { cpuSeconds } = await measure(() => send(all.slice(warm)));
    const cost = {
      events,
      body_bytes: all.reduce((sum, body) => sum + body.byteLength, 0) / all.length,
      raw_bytes: packed / records.length,
      collect_cpu_ms: (cpuSeconds * 1_000) / (all.length - warm),
    };
    return { records, cost };
  });
}

/** Bytes that the lake gets, per row of each table, as Firehose is given them. */
class RowSizes {
  readonly #rows = new Map<LakeTableName, { rows: number; bytes: number }>();

  readonly put = async (table: LakeTableName, rows: readonly LakeRow[]): Promise<void> => {
    const own = this.#rows.get(table) ?? { rows: 0, bytes: 0 };
    for (const row of rows) own.bytes += Buffer.byteLength(firehoseLine(table, row));
    own.rows += rows.length;
    this.#rows.set(table, own);
  };

  perRow(): Record<string, number> {
    return Object.fromEntries([...this.#rows].map(([table, { rows, bytes }]) => [table, bytes / rows]));
  }
}

async function cleaned(records: readonly Uint8Array[]): Promise<{ events: CleanEvent[]; cpu_ms: number }> {
  const deps = cleanDeps();
  const warm = Math.ceil(records.length * WARM_UP_SHARE);
  const events = records.slice(0, warm).flatMap((record) => cleanRecord(record, deps).events);
  const { cpuSeconds } = await measure(() => {
    for (const record of records.slice(warm)) for (const event of cleanRecord(record, deps).events) events.push(event);
  });
  return { events, cpu_ms: (cpuSeconds * 1_000) / (EVENTS * (1 - WARM_UP_SHARE)) };
}

/** Stream records and bytes that a batch of so many clean events becomes, per event. */
function packedClean(events: readonly CleanEvent[], batch: number) {
  let [records, bytes, packed] = [0, 0, 0];
  for (let from = 0; from + batch <= events.length && packed < 4_000; from += batch) {
    const entries = packEvents(events.slice(from, from + batch), TOPOLOGY.clean_grouping);
    records += entries.length;
    packed += batch;
    for (const { Data } of entries) bytes += Data.byteLength;
  }
  return { batch, records_per_event: records / packed, bytes_per_event: bytes / packed };
}

async function stitched(events: readonly CleanEvent[]) {
  const sizes = new RowSizes();
  const db = openDatabase(':memory:');
  const deps = { ...stitchDeps(sizes), store: new SqliteDocStore(db) };
  const take = async (some: readonly CleanEvent[]): Promise<void> => {
    for (let from = 0; from < some.length; from += STITCH_BATCH) {
      const { touched } = await stitch(some.slice(from, from + STITCH_BATCH), deps);
      await sizes.put('profiles', await profileRows(touched, { ...deps, now: Date.now() }));
    }
  };
  const warm = Math.ceil(events.length * WARM_UP_SHARE);
  await take(events.slice(0, warm));
  const { cpuSeconds } = await measure(() => take(events.slice(warm)));
  const persons = new Set(events.map(({ owner }) => owner)).size;
  const bytes = Number(db.prepare('SELECT sum(octet_length(body)) AS bytes FROM docs').get()?.bytes);
  return {
    cpu_ms: (cpuSeconds * 1_000) / (events.length - warm),
    row_bytes: sizes.perRow(),
    person_bytes: bytes / persons,
  };
}

/** Request units of one event of each kind in a batch of 100, those of its profile row included. */
async function units() {
  const kinds = await runTask<KindUnits[]>('dynamo-kinds', { people: DYNAMO_PEOPLE });
  return Object.fromEntries(
    kinds.map(({ kind, write_units, read_units, profile_read_units }) => [
      kind,
      { write: write_units, read: read_units + profile_read_units },
    ]),
  );
}

/** `npm run bench:cost`: measures what `npm run cost` prices, and writes it where that reads it. */
async function main(): Promise<void> {
  const requests: RequestCost[] = [];
  let records: readonly Uint8Array[] = [];
  for (const size of REQUEST_SIZES) {
    const run = await collected(size);
    requests.push(run.cost);
    records = run.records;
  }
  const clean = await cleaned(records);
  const stitch = await stitched(clean.events);
  const measured = {
    machine: describeMachine(new Date()),
    requests,
    clean_cpu_ms_per_event: clean.cpu_ms,
    clean_stream: CLEAN_BATCHES.map((batch) => packedClean(clean.events, batch)),
    stitch_cpu_ms_per_event: stitch.cpu_ms,
    lake_row_bytes: stitch.row_bytes,
    units: await units(),
    document_bytes_per_person: stitch.person_bytes,
  };
  const path = join(import.meta.dirname, '..', 'infra', 'cost', 'measured.json');
  writeFileSync(path, `${JSON.stringify(measured, null, 2)}\n`);
  process.stdout.write(`${JSON.stringify(measured, null, 2)}\nWritten to infra/cost/measured.json.\n`);
}

await main();
