import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoDocStore } from '../../functions/shared/dynamo-doc-store.ts';
import type { Consumed } from '../../functions/shared/dynamo-meter.ts';
import {
  cancelled,
  type Fault,
  inject,
  instead,
  lostReply,
  serviceError,
  throttled,
  transactionInTheWay,
  unhealthy,
} from '../support/dynamo-faults.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from '../support/dynamodb-local.ts';

const missing = dynamoDbLocalMissing();
describe.skipIf(missing)(`DynamoDocStore under faults${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let dynamo: DynamoDbLocal;
  let table: string;
  beforeAll(async () => {
    dynamo = await startDynamoDbLocal();
    table = await dynamo.createTable();
  });
  afterAll(async () => {
    await dynamo?.stop();
  });

  function setUp(faults: (Fault | undefined)[] = []) {
    const client = dynamo.client();
    const calls = inject(client, () => faults.shift());
    const waits: number[] = [];
    const consumed: Consumed[] = [];
    const store = new DynamoDocStore({
      client,
      table,
      backoff: { attempts: 4, baseMs: 10, capMs: 25 },
      random: () => 0.5,
      sleep: async (ms) => waits.push(ms),
      onConsumed: (each) => consumed.push(each),
    });
    const plain = new DynamoDocStore({ client: dynamo.client(), table });
    const body = async (key: string) => (await plain.get([key])).get(key)?.body;
    const version = async (key: string) => (await plain.get([key])).get(key)?.version ?? 0;
    return { store, plain, calls, waits, consumed, body, version, a: `a|${randomUUID()}`, b: `b|${randomUUID()}` };
  }

  it('knows its own put again when the reply was lost, on creation and on overwriting', async () => {
    const { store, calls, body, version, a } = setUp([lostReply, undefined, lostReply, lostReply]);
    expect(await store.commit([{ key: a, expected: 0, body: 1 }])).toEqual({ ok: true });
    expect(await store.commit([{ key: a, expected: await version(a), body: 2 }])).toEqual({ ok: true });
    expect(await body(a)).toBe(2);
    expect(calls).toEqual(Array(5).fill('PutItemCommand'));
  });

  it('does not take the put of somebody else for its own', async () => {
    const { store, plain, body, a } = setUp([
      async () => {
        await plain.commit([{ key: a, expected: 0, body: 'theirs' }]);
        throw serviceError('InternalServerError', 500);
      },
    ]);
    expect(await store.commit([{ key: a, expected: 0, body: 'ours' }])).toEqual({ ok: false, conflicts: [a] });
    expect(await body(a)).toBe('theirs');
  });

  it('knows its own transaction again when the reply was lost', async () => {
    const { store, calls, body, a, b } = setUp([lostReply, lostReply]);
    expect(await store.commit([a, b].map((key) => ({ key, expected: 0, body: 1 })))).toEqual({ ok: true });
    expect([await body(a), await body(b)]).toEqual([1, 1]);
    expect(calls).toEqual(Array(3).fill('TransactWriteItemsCommand'));
  });

  it('tells its own delete whose reply was lost from the delete of somebody else', async () => {
    const { store, plain, calls, version, a, b } = setUp([lostReply, undefined, throttled]);
    await plain.commit([a, b].map((key) => ({ key, expected: 0, body: 1 })));
    const [versionA, versionB] = [await version(a), await version(b)];
    expect(await store.commit([{ key: a, expected: versionA, body: undefined }])).toEqual({ ok: true });
    await plain.commit([{ key: b, expected: versionB, body: undefined }]);
    expect(await store.commit([{ key: b, expected: versionB, body: undefined }])).toEqual({
      ok: false,
      conflicts: [b],
    });
    expect([await version(a), await version(b), calls.length]).toEqual([0, 0, 4]);
  });

  it('retries throttles and server errors with full jitter, within its bounds', async () => {
    const { store, waits, body, a } = setUp([throttled, unhealthy, instead(serviceError('RequestLimitExceeded'))]);
    expect(await store.commit([{ key: a, expected: 0, body: 1 }])).toEqual({ ok: true });
    expect(waits).toEqual([5, 10, 12.5]);
    expect(await body(a)).toBe(1);
  });

  it('gives up by name, and says whether the write may have been done', async () => {
    const { store, calls, a } = setUp([...Array(8).fill(throttled), lostReply, unhealthy, throttled, throttled]);
    const failure = { name: 'DocStoreUnavailable', cause: expect.anything() };
    await expect(store.get([a])).rejects.toThrow(expect.objectContaining(failure));
    const write = store.commit([{ key: a, expected: 0, body: 1 }]);
    await expect(write).rejects.toThrow(/failed 4 times. Nothing was done/);
    const doubtful = store.commit([{ key: a, expected: 0, body: 1 }]);
    await expect(doubtful).rejects.toThrow(/may or may not have been done/);
    expect(calls).toHaveLength(12);
  });

  it('throws permanent errors at once, as they are', async () => {
    const { store, waits, a } = setUp([instead(serviceError('AccessDeniedException'))]);
    await expect(store.get([a])).rejects.toThrow('injected AccessDeniedException');
    const elsewhere = new DynamoDocStore({ client: dynamo.client(), table: 'no-such-table' });
    await expect(elsewhere.commit([{ key: a, expected: 0, body: 1 }])).rejects.toThrow(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    );
    expect(waits).toEqual([]);
  });

  it('reports conflicts between transactions as conflicts of the right keys', async () => {
    const { store, body, a, b } = setUp([
      cancelled('None', 'TransactionConflict'),
      cancelled('TransactionConflict', 'ThrottlingError'),
      transactionInTheWay,
    ]);
    const writes = [a, b].map((key) => ({ key, expected: 0, body: 1 }));
    expect(await store.commit(writes)).toEqual({ ok: false, conflicts: [b] });
    expect(await store.commit(writes)).toEqual({ ok: false, conflicts: [a] });
    expect(await store.commit(writes.slice(0, 1))).toEqual({ ok: false, conflicts: [a] });
    expect([await body(a), await body(b)]).toEqual([undefined, undefined]);
  });

  it('asks again when a transaction is in the way of a put that may be done already', async () => {
    const { store, calls, body, a } = setUp([lostReply, transactionInTheWay]);
    expect(await store.commit([{ key: a, expected: 0, body: 1 }])).toEqual({ ok: true });
    expect([await body(a), calls.length]).toEqual([1, 3]);
  });

  it('asks again when a transaction is in the way of a transaction that may be done already', async () => {
    const { store, calls, body, a, b } = setUp([lostReply, cancelled('TransactionConflict', 'None')]);
    expect(await store.commit([a, b].map((key) => ({ key, expected: 0, body: 1 })))).toEqual({ ok: true });
    expect([await body(a), calls.length]).toEqual([1, 3]);
  });

  it('retries a transaction that was only throttled', async () => {
    const { store, calls, body, a, b } = setUp([cancelled('None', 'ThrottlingError')]);
    expect(await store.commit([a, b].map((key) => ({ key, expected: 0, body: 1 })))).toEqual({ ok: true });
    expect([await body(a), calls.length]).toEqual([1, 2]);
  });

  it('reads what DynamoDB left unprocessed, and gives up when nothing moves', async () => {
    const leave =
      (keys: readonly string[]): Fault =>
      async (call) => {
        const output = (await call()) as { Responses: Record<string, { k: { S: string } }[]> };
        return {
          Responses: { [table]: (output.Responses[table] ?? []).filter((item) => !keys.includes(item.k.S)) },
          UnprocessedKeys: { [table]: { Keys: keys.map((S) => ({ k: { S } })) } },
        };
      };
    const { plain, a, b } = setUp();
    await plain.commit([a, b].map((key) => ({ key, expected: 0, body: key })));
    const { store, calls, waits } = setUp([leave([a, b]), leave([b]), throttled]);
    expect([...(await store.get([a, b])).values()].map(({ body }) => body)).toEqual([a, b]);
    expect([calls.length, waits]).toEqual([4, [10, 5, 5]]);
    const stuck = setUp(Array(4).fill(leave([a, b])));
    await expect(stuck.store.get([a, b])).rejects.toThrow(/left 2 keys .* unprocessed, 4 times in a row/);
  });

  it('goes on with a scan through throttles, and gives up by name', async () => {
    const { plain } = setUp();
    const prefix = `c:${randomUUID()}`;
    await plain.commit(['1', '2', '3'].map((n) => ({ key: `${prefix}${n}`, expected: 0, body: n })));
    const { store, calls } = setUp([throttled, lostReply, undefined, ...Array(4).fill(throttled)]);
    expect((await store.scan(prefix)).documents.map(([key]) => key).sort()).toEqual(
      ['1', '2', '3'].map((n) => `${prefix}${n}`),
    );
    expect(calls).toEqual(Array(3).fill('ScanCommand'));
    await expect(store.scan(prefix)).rejects.toThrow(expect.objectContaining({ name: 'DocStoreUnavailable' }));
  });

  it('loses no increment while replies are lost, calls are throttled and transactions collide', async () => {
    const { plain, a, b } = setUp();
    const random = lcg(7);
    // Put replies are not lost here: a put that others overwrote before the retry is a documented false conflict.
    const transactionFaults: Fault[] = [lostReply, throttled, unhealthy, cancelled('TransactionConflict', 'None')];
    const worker = async (): Promise<void> => {
      const faults = Array.from({ length: 400 }, () => (random() < 0.2 ? pick(transactionFaults, random) : undefined));
      const { store } = setUp(faults);
      for (let done = 0; done < 8; ) {
        const found = await store.get([a, b]).catch(() => undefined);
        if (found === undefined) continue;
        const writes = [a, b].map((key) => {
          const { version = 0, body } = found.get(key) ?? {};
          return { key, expected: version, body: Number(body ?? 0) + 1 };
        });
        if ((await store.commit(writes)).ok) done++;
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    expect([...(await plain.get([a, b])).values()].map(({ body }) => body)).toEqual([32, 32]);
  });

  it('is billed one write unit for a compressible 3 KB body, and tells what each call cost', async () => {
    const { store, consumed, version, a, b } = setUp();
    const component = {
      identifiers: Array.from({ length: 20 }, (_, i) => ({ key: `openid:wx1:o${i}${'ab'.repeat(50)}` })),
    };
    expect(JSON.stringify(component).length).toBeGreaterThan(2_500);
    await store.commit([{ key: a, expected: 0, body: component }]);
    await store.get([a]);
    await store.commit([
      { key: b, expected: 0, body: 1 },
      { key: a, expected: await version(a), body: undefined },
    ]);
    // DynamoDB Local reports one item of a transaction only; AWS bills all.
    expect(consumed).toEqual([
      { operation: 'PutItem', units: 1, estimatedUnits: 1 },
      { operation: 'BatchGetItem', units: 1, estimatedUnits: 1 },
      { operation: 'TransactWriteItems', units: 2, estimatedUnits: 4 },
    ]);
  });

  it('reads for half where the answer may be behind', async () => {
    const { store, consumed, a, b } = setUp();
    await store.commit([{ key: a, expected: 0, body: 'x'.repeat(900) }]);
    const found = await store.get([a, b], { mayBeBehind: true });
    expect([found.get(a)?.body, found.get(b)?.version]).toEqual(['x'.repeat(900), 0]);
    // DynamoDB Local leaves out the missing one; AWS bills it.
    expect(consumed.at(-1)).toEqual({ operation: 'BatchGetItem', units: 0.5, estimatedUnits: 1 });
  });

  it('estimates the units of puts and reads as DynamoDB counts them', async () => {
    const { store, consumed } = setUp();
    for (const length of [1, 900, 1_050, 4_000, 4_200, 9_000]) {
      const key = `size|${randomUUID()}`;
      // Random digits hardly compress, so sizes are spread on both sides of each unit.
      const text = Array.from({ length: Math.ceil(length / 32) }, () => randomUUID().replaceAll('-', '')).join('');
      await store.commit([{ key, expected: 0, body: text.slice(0, length) }]);
      await store.get([key]);
    }
    expect(consumed.map(({ estimatedUnits }) => estimatedUnits)).toEqual(consumed.map(({ units }) => units));
    expect(Math.max(...consumed.map(({ units }) => units))).toBeGreaterThan(4);
  });
});

const pick = <T>(choices: readonly T[], random: () => number): T | undefined =>
  choices[Math.floor(random() * choices.length)];

/** A small generator with a fixed seed: the same faults in each run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
