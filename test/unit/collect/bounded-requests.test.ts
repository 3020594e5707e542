import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../functions/collect/collect.ts';
import { type ApiEvent, toHttpRequest } from '../../../functions/shared/api-gateway.ts';
import { MAX_BODY_BYTES } from '../../../functions/shared/segment-limits.ts';
import { type ApiRequest, httpEvent, restEvent } from '../../support/api-events.ts';
import { basic, collector } from '../../support/ingest.ts';

const KINDS: readonly (readonly [name: string, make: (request: ApiRequest) => ApiEvent])[] = [
  ['an HTTP API', httpEvent],
  ['a REST API', (request) => restEvent(request, 'v1')],
];
/** The most that Lambda takes is 6 MiB with its envelope, so that a body of 4.5 MiB is the longest to reach the function. */
const LONGEST_BODY_BYTES = 4.5 * 1024 * 1024;
const headers = { authorization: basic('pub'), 'content-type': 'application/json' };

/** The answer, and how much was stored. */
async function send(event: ApiEvent) {
  const { deps, raw } = collector();
  const response = await collect(toHttpRequest(event), deps);
  return { status: response.status, reason: JSON.parse(response.body || '{}').reason, stored: raw.records.length };
}

describe.each(KINDS)('through %s', (_, make) => {
  const post = (body: Buffer | string, extra: Record<string, string> = {}) =>
    send(make({ url: '/v1/batch', headers: { ...headers, ...extra }, body }));

  it('a body at the limit is taken, and one byte more is 413', async () => {
    const padded = (bytes: number) => {
      const batch = JSON.stringify({ batch: [{ type: 'track', event: 'E', userId: 'u' }] });
      return Buffer.from(batch + ' '.repeat(bytes - batch.length));
    };
    expect(await post(padded(MAX_BODY_BYTES))).toMatchObject({ status: 200, stored: 1 });
    expect(await post(padded(MAX_BODY_BYTES + 1))).toEqual({ status: 413, reason: 'body_too_large', stored: 0 });
  });

  it('the longest body that Lambda hands over is 413, and is not read', async () => {
    const body = Buffer.alloc(LONGEST_BODY_BYTES, '[');
    expect(await post(body)).toEqual({ status: 413, reason: 'body_too_large', stored: 0 });
  });

  it('a gzip bomb is 413, however little of it was sent', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(MAX_BODY_BYTES);
    const before = process.memoryUsage().arrayBuffers;
    const gzip = { 'Content-Encoding': 'gzip' };
    expect(await post(bomb, gzip)).toEqual({ status: 413, reason: 'decompressed_too_large', stored: 0 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it('a head as long as API Gateway lets through is answered, and is stored cut short', async () => {
    // 10,240 bytes are the most that API Gateway takes of all headers together.
    const long = { 'User-Agent': 'u'.repeat(4_000), Cookie: 'c'.repeat(5_000), Origin: `https://${'o'.repeat(900)}` };
    expect(await post('{"batch":[]}', long)).toMatchObject({ status: 403, reason: 'origin_not_allowed' });
    const { Origin: _origin, ...own } = long;
    const { deps, raw } = collector();
    await collect(
      toHttpRequest(make({ url: '/v1/track', headers: { ...headers, ...own }, body: '{"event":"E","userId":"u"}' })),
      deps,
    );
    expect(raw.records[0]?.byteLength).toBeLessThan(1_500);
  });

  it.each([
    ['a key of ten thousand letters', { authorization: basic('k'.repeat(7_000)) }, 'missing_key'],
    ['no key', { authorization: '' }, 'missing_key'],
  ])('%s is 401 before anything is looked up', async (__, extra, reason) => {
    expect(await post('{"batch":[{}]}', extra)).toEqual({ status: 401, reason, stored: 0 });
  });

  it.each(['', '[', '{"batch":[', '\u0000', '"text"', '{"batch":{}}'])('%j is 400', async (body) => {
    expect((await post(body)).status).toBe(400);
  });
});
