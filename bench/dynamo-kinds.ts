import { DynamoDocStore } from '../functions/shared/dynamo-doc-store.ts';
import type { Consumed } from '../functions/shared/dynamo-meter.ts';
import { profileRows } from '../functions/shared/person/profile-rows.ts';
import { stitch } from '../functions/stitch/stitch.ts';
import { startDynamoDbLocal } from '../test/support/dynamodb-local.ts';
import { eventPool, historyOf, SCALE_DAY, scalePerson } from './scale-people.ts';
import { SCALE_KINDS, type ScaleEvent, ScaleTraffic, stitchBatch } from './scale-task.ts';
import { stitchDeps } from './stages.ts';

/** Request units per event, as AWS bills them, computed from item sizes. */
export interface KindUnits {
  readonly kind: ScaleEvent;
  readonly write_units: number;
  readonly read_units: number;
  readonly calls: number;
  /** For the profile rows that the function writes to the lake afterwards. */
  readonly profile_read_units: number;
}

const BATCHES = 10;
const BATCH = 100;

/** Request units of each kind of event by itself, in batches of 100, each of them of another person. */
export async function measureKinds({ people }: { people: number }): Promise<KindUnits[]> {
  const local = await startDynamoDbLocal();
  try {
    let sums = { write: 0, read: 0, calls: 0 };
    const onConsumed = ({ operation, estimatedUnits }: Consumed): void => {
      sums.calls += 1;
      sums[operation === 'BatchGetItem' ? 'read' : 'write'] += estimatedUnits;
    };
    const store = new DynamoDocStore({ client: local.client(), table: await local.createTable(), onConsumed });
    const pool = eventPool();
    const deps = { ...stitchDeps({ put: async () => undefined }), store, clock: { now: () => SCALE_DAY } };
    for (let n = 0; n < people; n += 1) await stitch(historyOf(scalePerson(n), pool, 1 + (n % 6)), deps);
    const traffic = new ScaleTraffic(people, pool, 1);
    const found: KindUnits[] = [];
    for (const kind of SCALE_KINDS) {
      sums = { write: 0, read: 0, calls: 0 };
      const batches: (readonly string[])[] = [];
      for (let n = 0; n < BATCHES; n += 1) batches.push(await stitchBatch(kind, traffic.batch(kind), store));
      const events = BATCHES * BATCH;
      const { write, read, calls } = sums;
      for (const touched of batches) await profileRows(touched, { ...deps, now: SCALE_DAY });
      found.push({
        ...{ kind, write_units: write / events, read_units: read / events, calls: calls / events },
        profile_read_units: (sums.read - read) / events,
      });
    }
    return found;
  } finally {
    await local.stop();
  }
}
