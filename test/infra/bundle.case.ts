import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { largeKey, pointerTo } from '../../functions/shared/raw-message.ts';
import { bundle } from '../../infra/constructs/bundle.ts';
import { sqsRecord } from '../support/raw-queue.ts';

describe('bundles', () => {
  it.each([
    ['collect', 1],
    ['connect', 1],
    ['clean', 1],
    ['stitch', 1],
    ['fire', 1],
    ['lake', 1],
    // It has the tracking plan too, and nobody's event waits for it.
    ['serve', 1.25],
    ['redrive', 1],
    ['import', 1.25],
  ] as const)('%s is bundled under %d MiB', (stage, most) => {
    expect(bundle(stage).bytes).toBeLessThan(most * 1024 * 1024);
    expect(bundle(stage).bytes).toBeGreaterThan(100_000);
  });

  /** Runs a stage's bundle as Lambda would, in a process with that environment alone. */
  const run = (stage: string, environment: Record<string, string>, event: unknown): unknown[] => {
    const index = pathToFileURL(join(bundle(stage).directory, 'index.mjs')).href;
    const script = `const { handler } = await import(process.argv[1]);
      const answer = await handler(JSON.parse(process.argv[2]), { invokedFunctionArn: 'arn', getRemainingTimeInMillis: () => 60_000 });
      process.stdout.write('\\n' + JSON.stringify(answer ?? null));`;
    const args = ['--input-type=module', '-e', script, index, JSON.stringify(event)];
    const out = execFileSync(process.execPath, args, {
      env: { AWS_REGION: 'eu-central-1', ...environment },
      stdio: 'pipe',
    });
    return out
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  const invoke = (...given: Parameters<typeof run>): unknown => run(...given).at(-1);
  const request = {
    rawPath: '/v1/nothing',
    rawQueryString: '',
    headers: {},
    isBase64Encoded: false,
    requestContext: {
      requestId: 'r',
      domainName: 'd',
      http: { method: 'POST', path: '/v1/nothing', sourceIp: '192.0.2.1' },
    },
  };

  it('of collect answers a request', () => {
    const collecting = { RAW_QUEUE_URL: 'https://queue', SPILL_BUCKET: 'failures', ALLOWED_ORIGINS: '' };
    const environment = { ...collecting, SOURCES_TABLE: 'sources', SOURCES_KEY_ID: 'key' };
    expect(invoke('collect', environment, request)).toMatchObject({ statusCode: 404 });
  });

  it('of stitch takes an empty batch', () => {
    const environment = {
      ...{ PERSONS_TABLE: 'persons', SPILL_BUCKET: 'failures', LAKE_PREFIX: 'lake', BUS_NAME: 'bus' },
      ANNOUNCE_NEW_PERSONS: 'false',
    };
    expect(invoke('stitch', environment, { Records: [] })).toEqual({ batchItemFailures: [] });
  });

  it('of clean names the message that failed, and says for the alarm how long it has waited', () => {
    const names = { CLEAN_STREAM: 'clean', ARCHIVE_STREAM: 'raw', OWNER_BUCKETS: '4', RECORD_BYTES: '200000' };
    const stores = { SPILL_BUCKET: 'failures', LAKE_PREFIX: 'lake', PERSONS_TABLE: 'persons', VAULT_TABLE: 'vault' };
    // Where nobody answers.
    const nowhere = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    };
    const environment = { ...names, ...stores, ...nowhere, KEY_ID: 'key', RAW_QUEUE_URL: 'http://127.0.0.1:9/raw' };
    const message = sqsRecord(pointerTo(largeKey('0'.repeat(64))), { id: 'm1', sentAt: Date.now() - 600_000 });
    const [said, answer] = run('clean', environment, { Records: [message] });
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    const metrics = [{ Name: 'failing_seconds', Unit: 'Seconds' }];
    expect(said).toMatchObject({
      stage: 'clean',
      _aws: { CloudWatchMetrics: [{ Namespace: 'Oneriver', Dimensions: [['stage']], Metrics: metrics }] },
    });
    expect((said as { failing_seconds: number }).failing_seconds).toBeGreaterThanOrEqual(600);
  });

  it.each(['collect', 'connect', 'clean', 'stitch', 'fire', 'lake', 'serve', 'redrive', 'import'])(
    'of %s names what its environment lacks',
    (stage) => {
      expect(() => invoke(stage, {}, {})).toThrow(/\[EnvironmentError\]: Environment variables missing: [A-Z_, ]+/);
    },
  );
});
