import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { decoderOf } from '../../../functions/shared/protocols/decoders.ts';
import { encodeRaw } from '../../../functions/shared/raw-record.ts';
import { withoutCredentials } from '../../../functions/shared/redact.ts';
import { ARRIVAL, CLEAN_DEPS, SERVER } from '../../support/ingest.ts';

const KEY = `sk_${'Ab3-'.repeat(8)}`;

function cleaned(protocol: string, route: string, body: string, params = {}) {
  const head = { v: 1 as const, protocol, route, params, source: SERVER, request_id: 'r1', received_at: ARRIVAL };
  return JSON.stringify(cleanRecord(encodeRaw(head, Buffer.from(body)), CLEAN_DEPS));
}

describe('a write key that a client wrote into what it sends', () => {
  it.each([
    ['sensors', 'records', [{ type: 'track', event: 'A', distinct_id: 'd', project: KEY, token: KEY }]],
    ['growingio', 'collect', [{ eventType: 'CUSTOM', eventName: 'A', deviceId: 'd', dataSourceId: KEY }]],
    ['snowplow', 'tp2', { data: [{ e: 'pv', aid: KEY, duid: 'd', url: 'https://shop.example.com/' }] }],
  ])('is in no event of %s', (protocol, route, body) => {
    const decoded = decoderOf(protocol)?.({ route, body: Buffer.from(JSON.stringify(body)), params: {} }, SERVER);
    expect(JSON.stringify(decoded)).toContain('"items":[{');
    expect(JSON.stringify(decoded)).not.toContain(KEY);
  });

  it.each([
    ['JSON', JSON.stringify({ token: KEY, data: '%%%' })],
    ['a form', `data=!!!&token=${KEY}`],
    ['an encoded form', `data=%7B%22token%22%3A%22${KEY}%22`],
    ['bytes that are no text', `\u0000\u0001${KEY}`],
  ])('is in no quarantine of %s that could not be read', (_, body) => {
    const params = { reason: 'invalid_payload', field: '/data', detail: 'No base64.' };
    const text = cleaned('sensors', 'unreadable', body, params);
    expect(text).toContain('invalid_payload');
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(Buffer.from(KEY).toString('base64').slice(4, 30));
  });

  it('words that only look like the beginning of one stay', () => {
    const text = '{"risk_assessment_of_this_customer":1,"sk_short":2,"task":"pk_"}';
    expect(withoutCredentials(text)).toBe(text);
  });
});
