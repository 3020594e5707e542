import { cleanRecord } from '../functions/clean/clean.ts';
import { DynamoDocStore } from '../functions/shared/dynamo-doc-store.ts';
import type { Consumed } from '../functions/shared/dynamo-meter.ts';
import { encodeRaw } from '../functions/shared/raw-record.ts';
import { encodeEvents } from '../functions/shared/stream-codec.ts';
import { stitchBatch } from '../functions/stitch/batch.ts';
import { retailMonth } from '../local/seed/month.ts';
import type { CleanEvent, Source } from '../schemas/event.ts';
import sources from '../schemas/sources/retail.json' with { type: 'json' };
import { startDynamoDbLocal } from '../test/support/dynamodb-local.ts';
import { cleanDeps, stitchDeps } from './stages.ts';

export interface DynamoOptions {
  /** Shoppers of the sample month. */
  readonly people: number;
  /** Events that one call to stitch gets; 0: those of one request, as at a trickle. */
  readonly batch: number;
}

export interface DynamoRun {
  readonly events: number;
  readonly batches: number;
  /** Per event: request units as AWS bills them, computed from item sizes, and calls. */
  readonly write_units: number;
  readonly read_units: number;
  readonly calls: number;
}

/** Events of the sample month, grouped by the request they came in. */
function monthOfEvents(people: number, start: number): CleanEvent[][] {
  const deps = cleanDeps();
  const byId = new Map((sources as Source[]).map((source) => [source.source_id, source]));
  const requests: CleanEvent[][] = [];
  for (const { at, source_id, body } of retailMonth({ start, people })) {
    const source = byId.get(source_id);
    if (!source) throw new Error(`The sample month names a source "${source_id}" that does not ship.`);
    const received_at = new Date(at).toISOString();
    const head = { v: 1 as const, protocol: 'segment' as const, route: 'batch', source, received_at };
    const record = encodeRaw({ ...head, request_id: `r${requests.length}` }, Buffer.from(JSON.stringify(body)));
    const { events } = cleanRecord(record, deps);
    if (events.length > 0) requests.push(events);
  }
  return requests;
}

function* inBatches(requests: readonly CleanEvent[][], size: number): Generator<CleanEvent[]> {
  if (size === 0) return yield* requests;
  const events = requests.flat();
  for (let from = 0; from < events.length; from += size) yield events.slice(from, from + size);
}

/** Request units of stitch on the sample month, profile rows included, against DynamoDB Local, which checks every condition for real. */
export async function measureDynamo({ people, batch }: DynamoOptions): Promise<DynamoRun> {
  const local = await startDynamoDbLocal();
  try {
    let [write, read, calls, batches] = [0, 0, 0, 0];
    const onConsumed = ({ operation, estimatedUnits }: Consumed): void => {
      calls += 1;
      if (operation === 'BatchGetItem') read += estimatedUnits;
      else write += estimatedUnits;
    };
    const store = new DynamoDocStore({ client: local.client(), table: await local.createTable(), onConsumed });
    const start = Date.UTC(2026, 9, 1);
    const requests = monthOfEvents(people, start);
    const events = requests.reduce((sum, request) => sum + request.length, 0);
    let now = start;
    const deps = { ...stitchDeps({ put: async () => undefined }), store, clock: { now: () => now } };
    for (const lot of inBatches(requests, batch)) {
      now = Date.parse(lot.at(-1)?.received_at ?? '');
      const bytes = encodeEvents(lot.map((event) => JSON.stringify(event)));
      await stitchBatch([{ bytes, arrived_at: '' }], deps);
      batches += 1;
    }
    return { events, batches, write_units: write / events, read_units: read / events, calls: calls / events };
  } finally {
    await local.stop();
  }
}
