import { randomBytes } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DynamoSources } from '../../../functions/collect/source-store.ts';
import { runWriteKey } from '../../../local/write-keys/run.ts';
import { WriteKeyTable } from '../../../local/write-keys/table.ts';
import { type DynamoDbLocal, dynamoDbLocalMissing, startDynamoDbLocal } from '../../support/dynamodb-local.ts';

const missing = dynamoDbLocalMissing();
const DAY = 86_400_000;
const START = Date.parse('2026-11-22T00:00:00Z');

describe.skipIf(missing)(`npm run write-key${missing ? ` (${missing})` : ''}`, () => {
  let db: DynamoDbLocal;
  let client: DynamoDBClient;
  beforeAll(async () => {
    db = await startDynamoDbLocal();
    client = db.client();
  });
  afterAll(async () => {
    client.destroy();
    await db.stop();
  });

  /** A table of its own, the command on it, and the collector that reads it. */
  async function deployment() {
    const table = await db.createTable('key_hash');
    const clock = { ms: START, now: () => clock.ms };
    const cache = { known_seconds: 60, unknown_seconds: 10 };
    const sources = new DynamoSources(client, table, { clock, cache });
    const run = (...argv: string[]) => {
      const open = async () => new WriteKeyTable(client, table);
      return runWriteKey(argv, { open, now: clock.ms, random: randomBytes });
    };
    const takes = async (key: string) => (await sources.byKey(key))?.source_id;
    return { table, clock, run, takes };
  }

  it('makes a key that the collector takes, says which kind it is, and stores it nowhere', async () => {
    const { table, run, takes } = await deployment();
    expect(await run('list')).toBe('There are no write keys yet.');
    const key = await run('add', 'web');
    const secret = await run('add', 'crm');
    expect([key, secret]).toEqual([expect.stringMatching(/^pk_[\w-]{43}$/), expect.stringMatching(/^sk_[\w-]{43}$/)]);
    expect([await takes(key), await takes(secret)]).toEqual(['web', 'crm']);
    const { Items } = await client.send(new ScanCommand({ TableName: table }));
    expect(JSON.stringify(Items)).not.toContain(key.slice(3));
    const lines = (await run('list')).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^crm +[0-9a-f]{12} {2}secret {2}2026-11-22T00:00:00.000Z {2}valid$/),
      expect.stringMatching(/^web +[0-9a-f]{12} {2}public {2}2026-11-22T00:00:00.000Z {2}valid$/),
    ]);
  });

  it('rotates with overlap: both keys are taken for so many days, then the new one alone', async () => {
    const { clock, run, takes } = await deployment();
    const old = await run('add', 'web');
    const [key = '', ended] = (await run('rotate', 'web', '--overlap-days', '2')).split('\n');
    expect(ended).toMatch(/^[0-9a-f]{12} is taken until 2026-11-24T00:00:00.000Z\.$/);
    expect([await takes(old), await takes(key)]).toEqual(['web', 'web']);
    clock.ms = START + 2 * DAY - 1;
    expect([await takes(old), await takes(key)]).toEqual(['web', 'web']);
    clock.ms = START + 2 * DAY;
    expect([await takes(old), await takes(key)]).toEqual([undefined, 'web']);
    expect(await run('list')).toMatch(/ended 2026-11-24/);
  });

  it('rotates again without giving an ending key more time', async () => {
    const { clock, run, takes } = await deployment();
    const old = await run('add', 'web');
    await run('rotate', 'web', '--overlap-days', '1');
    await run('rotate', 'web', '--overlap-days', '30');
    clock.ms = START + DAY;
    expect(await takes(old)).toBeUndefined();
  });

  it('revokes a key by its name: the collector refuses it within a minute', async () => {
    const { clock, run, takes, table } = await deployment();
    const key = await run('add', 'web');
    expect(await takes(key)).toBe('web');
    const id = (await run('list')).split(/ +/)[1] ?? '';
    expect(await run('revoke', id)).toBe(`The key ${id} of web is refused within 60 s.`);
    clock.ms += 60_000;
    expect(await takes(key)).toBeUndefined();
    const Key = { key_hash: { S: 'none' } };
    expect((await client.send(new GetItemCommand({ TableName: table, Key }))).Item).toBeUndefined();
  });

  it.each([
    [['add', 'nobody'], /put it into schemas\/sources\/retail\.json/],
    [['add', 'web', '--sources', 'package.json'], /put it into package\.json/],
    [['revoke', 'abc'], /There is no one key "abc"/],
    [['rotate', 'web', '--overlap-days=-1'], /from 0 to 365/],
    [['rotate', 'web', '--overlap-days', 'x'], /from 0 to 365/],
    [['burn'], /no command "burn"/],
  ])('refuses %j, saying what to do', async (argv, message) => {
    const { run } = await deployment();
    await expect(run(...argv)).rejects.toThrow(message);
  });

  it('keeps at most four that are taken', async () => {
    const { clock, run } = await deployment();
    for (let i = 0; i < 4; i++) await run('add', 'web');
    await expect(run('add', 'web')).rejects.toThrow('has 4 write keys; revoke one');
    const before = await run('list');
    clock.ms += DAY;
    await expect(run('rotate', 'web')).rejects.toThrow('has 4 write keys');
    expect(await run('list')).toBe(before);
  });
});
