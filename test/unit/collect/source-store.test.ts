import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { DynamoSources } from '../../../functions/collect/source-store.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

const source = {
  source_id: 'web',
  name: 'Web shop',
  channel: 'web',
  class: 'public',
  allowed_origins: [],
  default_region: 'CN',
  time_zone: 'Asia/Shanghai',
};
const item = { Item: { source: { S: JSON.stringify(source) } } };

function sources(...answers: Answer[]) {
  const client = new DynamoDBClient(OFFLINE);
  const calls = recordCalls(client, answers);
  const clock = { ms: 0, now: () => clock.ms };
  const cache = { known_seconds: 60, unknown_seconds: 10 };
  return { calls, clock, sources: new DynamoSources(client, 'sources', { clock, cache }) };
}

describe('DynamoSources', () => {
  it('asks by the hash of the key, never by the key', async () => {
    const done = sources(item);
    expect(await done.sources.byKey('secret')).toEqual(source);
    const hash = createHash('sha256').update('secret').digest('hex');
    expect(done.calls).toEqual([
      { command: 'GetItem', input: { TableName: 'sources', Key: { key_hash: { S: hash } } } },
    ]);
  });

  it('trusts a known key for a minute, and an unknown one for ten seconds', async () => {
    const done = sources(item, {}, {}, {});
    const ask = async (ms: number, key: string) => {
      done.clock.ms = ms;
      return { found: (await done.sources.byKey(key)) !== undefined, calls: done.calls.length };
    };
    expect(await ask(0, 'known')).toEqual({ found: true, calls: 1 });
    expect(await ask(59_999, 'known')).toEqual({ found: true, calls: 1 });
    expect(await ask(60_000, 'known')).toEqual({ found: false, calls: 2 });
    expect(await ask(60_000, 'unknown')).toEqual({ found: false, calls: 3 });
    expect(await ask(69_999, 'unknown')).toEqual({ found: false, calls: 3 });
    expect(await ask(70_000, 'unknown')).toEqual({ found: false, calls: 4 });
  });

  it('takes a replaced key to the end of its time, and not a moment longer', async () => {
    const replaced = { Item: { ...item.Item, valid_until: { N: '30000' } } };
    const done = sources(replaced, replaced, replaced);
    const ask = async (ms: number) => {
      done.clock.ms = ms;
      return { found: (await done.sources.byKey('old')) !== undefined, calls: done.calls.length };
    };
    expect(await ask(0)).toEqual({ found: true, calls: 1 });
    expect(await ask(29_999)).toEqual({ found: true, calls: 1 });
    expect(await ask(30_000)).toEqual({ found: false, calls: 2 });
    expect(await ask(39_999)).toEqual({ found: false, calls: 2 });
  });

  it('keeps no failure', async () => {
    const done = sources(new Error('throttled'), item);
    await expect(done.sources.byKey('k')).rejects.toThrow('throttled');
    expect(await done.sources.byKey('k')).toEqual(source);
  });

  it('refuses a stored source that is not one', async () => {
    const done = sources({ Item: { source: { S: '{"source_id":"web"}' } } });
    await expect(done.sources.byKey('k')).rejects.toThrow('is not valid');
  });
});
