import { describe, expect, it } from 'vitest';
import { collect } from '../../../functions/collect/collect.ts';
import { toHttpRequest } from '../../../functions/shared/api-gateway.ts';
import { httpEvent } from '../../support/api-events.ts';
import { cpuClock } from '../../support/cpu-clock.ts';
import { collector } from '../../support/ingest.ts';

/** A value that throws when it is made a text. */
const NO_TEXT = '{"toString":1,"valueOf":1}';
/** Deeper than a recursive reader has stack for, and far below the limit of a body. */
const DEEP = '['.repeat(100_000) + ']'.repeat(100_000);
const SNOWPLOW = 'com.snowplowanalytics.snowplow.ecommerce';

const described = (schema: string, data: object) => ({ schema: `iglu:${SNOWPLOW}/${schema}/jsonschema/1-0-0`, data });
const twoProducts = JSON.stringify({ data: ['p1', 'p2'].map((id) => described('product', { id, price: 1 })) });
const added = JSON.stringify({ data: described('snowplow_ecommerce_action', { type: 'add_to_cart' }) });

const REQUESTS: readonly (readonly [name: string, url: string, body: string])[] = [
  ['PostHog group type', '/batch', event('{"$group_type":NO_TEXT,"$group_key":"a"}')],
  ['PostHog group key', '/batch', event('{"$group_type":"a","$group_key":NO_TEXT}')],
  [
    'SensorsData device id',
    '/sa?token=pub',
    `[{"type":"track","event":"A","distinct_id":"d","properties":{"$device_id":${NO_TEXT}}}]`,
  ],
  [
    'SensorsData event of a profile',
    '/sa?token=pub',
    `[{"type":"profile_set","distinct_id":"d","_track_id":1,"properties":{"a":1},"event":${DEEP}}]`,
  ],
  ['GrowingIO server event', '/v3/pub/s2s/cstm', `[{"t":"cstm","n":"A","tm":1700000000000,"var":{"a":${DEEP}}}]`],
  [
    'Snowplow event of two products',
    '/com.snowplowanalytics.snowplow/tp2',
    `{"data":[{"e":"ue","aid":"pub","duid":"d","zz":${DEEP},"ue_pr":${JSON.stringify(added)},"co":${JSON.stringify(twoProducts)}}]}`,
  ],
];

function event(properties: string): string {
  const group = `{"event":"$groupidentify","distinct_id":"d","properties":${properties.replace('NO_TEXT', NO_TEXT)}}`;
  return `{"api_key":"pub","batch":[${group},{"event":"A","distinct_id":"d"}]}`;
}

async function send(url: string, body: string) {
  const { deps, raw } = collector();
  const answer = await collect(toHttpRequest(httpEvent({ url, headers: {}, body })), deps);
  return { status: answer.status, stored: raw.records.length };
}

describe('values that nobody sends by accident', () => {
  it.each(REQUESTS)(
    '%s: it is answered and stored, so that its client does not come again for ever',
    async (_, url, body) => {
      const { status, stored } = await send(url, body);
      expect(status).toBeLessThan(500);
      expect(stored).toBe(1);
    },
  );

  it('a body that is almost base64 is told from it in a time that grows with its length alone', async () => {
    const body = `AAAA${' '.repeat(200_000)}!`;
    const spent = cpuClock();
    expect(await send('/e/', body)).toEqual({ status: 400, stored: 0 });
    expect(spent()).toBeLessThan(2_000);
  });
});
