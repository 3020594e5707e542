import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { cleanRecord } from '../functions/clean/clean.ts';
import type { CleanDeps } from '../functions/clean/draft.ts';
import { compilePlan } from '../functions/clean/plan.ts';
import { collect } from '../functions/collect/collect.ts';
import { loadDefinitions } from '../functions/shared/definitions.ts';
import { compileRules } from '../functions/shared/identity/resolve.ts';
import { encodeRaw } from '../functions/shared/raw-record.ts';
import type { LakeSink } from '../functions/shared/seams.ts';
import { tokeniser } from '../functions/shared/tokens.ts';
import { eventRow } from '../functions/stitch/rows.ts';
import { type StitchDeps, stitch } from '../functions/stitch/stitch.ts';
import { SqliteDocStore } from '../local/doc-store.ts';
import { openLake } from '../local/lake.ts';
import { SqliteRawStream } from '../local/raw-stream.ts';
import { SourceRegistry } from '../local/sources.ts';
import { openDatabase } from '../local/sqlite.ts';
import type { CleanEvent } from '../schemas/event.ts';
import type { IdentityRules } from '../schemas/identifier.ts';
import rulesFile from '../schemas/identity-rules.json' with { type: 'json' };
import planFile from '../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../schemas/tracking-plan.ts';
import { inFolder } from './folder.ts';
import { type Cost, measure } from './measure.ts';
import { batchBodies, retailTraffic } from './traffic.ts';

export interface StageOptions {
  readonly events: number;
  readonly batch: number;
}

/** Requests that are open at once: as many as a few SDKs would have. */
const OPEN_REQUESTS = 8;
const clock = { now: Date.now };
let ids = 0;
const newId = (): string => `bench-${++ids}`;

const bodiesOf = ({ events, batch }: StageOptions): Buffer[] =>
  batchBodies(retailTraffic({ start: Date.now() - 3_600_000, events }), batch);

/** The dependencies of `clean` with the rules and the plan that ship. */
export const cleanDeps = (): CleanDeps => ({
  rules: rulesFile as IdentityRules,
  plan: compilePlan(planFile as TrackingPlan),
  tokenise: tokeniser(Buffer.alloc(32, 7)),
});

/** The dependencies of `stitch`, but for its store, with the definitions that ship; timers asked for go nowhere. */
export const stitchDeps = (lake: LakeSink): Omit<StitchDeps, 'store'> => ({
  lake,
  bus: { publish: async () => undefined },
  rules: compileRules(rulesFile as IdentityRules),
  definitions: loadDefinitions(),
  clock,
  newId,
  random: Math.random,
  sleep: async () => undefined,
});

/** The floor that no JSON platform goes below: parsing the same bodies, and nothing else. */
export async function floor(options: StageOptions): Promise<Cost> {
  const bodies = bodiesOf(options);
  let parsed = 0;
  const cost = await measure(() => {
    for (const body of bodies) parsed += (JSON.parse(body.toString('utf8')) as { batch: unknown[] }).batch.length;
  });
  expectCount('parsed', parsed, options.events);
  return cost;
}

/** From a request to its answer, without HTTP: the raw stream is on the disk, and every put is synced. */
export const collectStage = (options: StageOptions): Promise<Cost> =>
  inFolder(async (folder) => {
    const bodies = bodiesOf(options);
    const sources = new SourceRegistry(folder);
    const raw = new SqliteRawStream(openDatabase(join(folder, 'raw.db')), { clock });
    let accepted = 0;
    const deps = {
      ...{ clock, newRequestId: newId, sourceByKey: sources.byKey, isAllowedOrigin: sources.isAllowedOrigin, raw },
      observe: (seen: { accepted: number }) => {
        accepted += seen.accepted;
      },
    };
    const authorization = `Basic ${Buffer.from(`${sources.keyOf('web')}:`).toString('base64')}`;
    const waiting = bodies[Symbol.iterator]();
    const send = async (): Promise<void> => {
      for (const body of waiting) {
        await collect({ method: 'POST', path: '/v1/batch', query: {}, headers: { authorization }, body }, deps);
      }
    };
    const cost = await measure(() => Promise.all(Array.from({ length: OPEN_REQUESTS }, send)));
    expectCount('accepted', accepted, options.events);
    raw.close();
    return cost;
  });

function recordsOf(options: StageOptions): Promise<Buffer[]> {
  return inFolder(async (folder) => {
    const source = new SourceRegistry(folder).byId('web');
    if (!source) throw new Error('The source "web" does not ship any more; name another one.');
    const received_at = new Date().toISOString();
    const head = { v: 1 as const, protocol: 'segment' as const, route: 'batch', source, received_at };
    return bodiesOf(options).map((body) => encodeRaw({ ...head, request_id: newId() }, body));
  });
}

/** From raw records to clean events. */
export async function cleanStage(options: StageOptions): Promise<Cost> {
  const records = await recordsOf(options);
  const deps = cleanDeps();
  let events = 0;
  const cost = await measure(() => {
    for (const record of records) events += cleanRecord(record, deps).events.length;
  });
  expectCount('cleaned', events, options.events);
  return cost;
}

async function cleanBatches(options: StageOptions): Promise<CleanEvent[][]> {
  const deps = cleanDeps();
  return (await recordsOf(options)).map((record) => cleanRecord(record, deps).events);
}

async function inTransaction(db: DatabaseSync, work: () => Promise<void>): Promise<void> {
  db.exec('BEGIN IMMEDIATE');
  await work();
  db.exec('COMMIT');
}

/** From clean events to committed persons and profiles on SQLite, one transaction a batch; lake rows go nowhere. */
export const stitchStage = (options: StageOptions): Promise<Cost> =>
  inFolder(async (folder) => {
    const batches = await cleanBatches(options);
    const db = openDatabase(join(folder, 'state.db'), { sync: 'checkpoint' });
    const store = new SqliteDocStore(db);
    let rows = 0;
    const lake: LakeSink = {
      put: async (table, put) => {
        if (table === 'events') rows += put.length;
      },
    };
    const deps = { ...stitchDeps(lake), store };
    const cost = await measure(async () => {
      for (const events of batches) await inTransaction(db, async () => void (await stitch(events, deps)));
    });
    expectCount('stitched', rows, options.events);
    db.close();
    return cost;
  });

/** From lake rows to synced Parquet files that the manifest names. */
export const lakeStage = (options: StageOptions): Promise<Cost> =>
  inFolder(async (folder) => {
    const batches = (await cleanBatches(options)).map((events) => events.map(eventRow));
    const db = openDatabase(join(folder, 'state.db'), { sync: 'checkpoint' });
    const lake = await openLake({ db, dir: folder });
    const cost = await measure(async () => {
      for (const rows of batches) await inTransaction(db, () => lake.put('events', rows));
      await lake.flush();
    });
    expectCount('written', lake.totals().rows, options.events);
    await lake.close();
    db.close();
    return cost;
  });

/** A figure for less work than was asked for would be a false one. */
function expectCount(what: string, got: number, wanted: number): void {
  if (got !== wanted) throw new Error(`${got} events were ${what}, ${wanted} were sent; the figure would be wrong.`);
}
