import { NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { S3LandingStore } from '../../../functions/lake/landing-store.ts';
import { type Answer, OFFLINE, recordCalls } from '../../support/recording-client.ts';

function store(...answers: Answer[]) {
  const client = new S3Client(OFFLINE);
  const calls = recordCalls(client, answers);
  return { calls, landing: new S3LandingStore(client, 'b') };
}
const files = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `landing/events/${i}`, bytes: 1 }));

describe('landed files in S3', () => {
  it('are found by day, over as many pages as there are', async () => {
    const { calls, landing } = store(
      { CommonPrefixes: [{ Prefix: 'landing/events/ingest_day=2026-03-01/' }], NextContinuationToken: 'more' },
      { CommonPrefixes: [{ Prefix: 'landing/events/ingest_day=2026-03-02/' }, { Prefix: 'landing/events/odd/' }] },
    );
    expect(await landing.days('events')).toEqual(['2026-03-01', '2026-03-02']);
    expect(calls.map(({ input }) => [input.Prefix, input.Delimiter, input.ContinuationToken])).toEqual([
      ['landing/events/', '/', undefined],
      ['landing/events/', '/', 'more'],
    ]);
  });

  it('have names and sizes', async () => {
    const { calls, landing } = store({ Contents: [{ Key: 'k', Size: 7 }, { Size: 1 }] });
    expect(await landing.files('events', '2026-03-01')).toEqual([{ key: 'k', bytes: 7 }]);
    expect(calls[0]?.input).toMatchObject({ Bucket: 'b', Prefix: 'landing/events/ingest_day=2026-03-01/' });
  });

  it('are not listed without end', async () => {
    const endless = Array.from({ length: 20 }, () => ({ Contents: [], NextContinuationToken: 'more' }));
    const { calls, landing } = store(...endless);
    await expect(landing.files('events', '2026-03-01')).rejects.toThrow('More than 20000 files');
    expect(calls).toHaveLength(20);
  });

  it('are removed a thousand at a time', async () => {
    const { calls, landing } = store({}, {});
    await landing.remove(files(1_001));
    expect(calls.map(({ input }) => (input.Delete as { Objects: unknown[] }).Objects.length)).toEqual([1_000, 1]);
  });

  it('that S3 did not delete are a failure', async () => {
    const { landing } = store({ Errors: [{ Code: 'AccessDenied' }] });
    await expect(landing.remove(files(2))).rejects.toThrow('1 landed files: AccessDenied');
  });
});

it('what was not delivered is counted, a page of it', async () => {
  const { calls, landing } = store({ KeyCount: 3 });
  expect(await landing.undelivered('events')).toBe(3);
  expect(calls[0]?.input).toMatchObject({ Prefix: 'undelivered/events/', MaxKeys: 1_000 });
});

describe('what is merged', () => {
  it('is remembered by table and day', async () => {
    const { calls, landing } = store({});
    await landing.markMerged('events', '2026-03-01', 'print');
    expect(calls).toEqual([
      { command: 'PutObject', input: { Bucket: 'b', Key: 'merged/events/2026-03-01', Body: 'print' } },
    ]);
  });

  it('is nothing before the first time', async () => {
    const missing = new NoSuchKey({ message: 'none', $metadata: {} });
    const { landing } = store(missing, { Body: { transformToString: async () => 'print' } }, new Error('down'));
    expect(await landing.merged('events', '2026-03-01')).toBeUndefined();
    expect(await landing.merged('events', '2026-03-01')).toBe('print');
    await expect(landing.merged('events', '2026-03-01')).rejects.toThrow('down');
  });
});
