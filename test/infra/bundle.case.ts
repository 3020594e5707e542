import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../infra/constructs/bundle.ts';

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
  const invoke = (stage: string, environment: Record<string, string>, event: unknown): unknown => {
    const index = pathToFileURL(join(bundle(stage).directory, 'index.mjs')).href;
    const script = `const { handler } = await import(process.argv[1]);
      const answer = await handler(JSON.parse(process.argv[2]), { invokedFunctionArn: 'arn' });
      process.stdout.write('\\n' + JSON.stringify(answer ?? null));`;
    const args = ['--input-type=module', '-e', script, index, JSON.stringify(event)];
    const out = execFileSync(process.execPath, args, {
      env: { AWS_REGION: 'eu-central-1', ...environment },
      stdio: 'pipe',
    });
    return JSON.parse(out.toString().split('\n').at(-1) ?? '');
  };
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

  it.each(['collect', 'connect', 'clean', 'stitch', 'fire', 'lake', 'serve', 'redrive', 'import'])(
    'of %s names what its environment lacks',
    (stage) => {
      expect(() => invoke(stage, {}, {})).toThrow(/\[EnvironmentError\]: Environment variables missing: [A-Z_, ]+/);
    },
  );
});
