import { describe, expect, it } from 'vitest';
import { collect } from '../../../functions/collect/collect.ts';
import { CONTROL_TYPES } from '../../../functions/shared/control-event.ts';
import { basic, collector, post } from '../../support/ingest.ts';

const declaration = { identifiers: ['user_id:m1', 'user_id:m2'], reason: 'same customer' };
const fields = (type: string) => (type === 'match' ? { ...declaration, confidence: 0.9, model: 'v1' } : declaration);
const asPublic = { authorization: basic('pub') };

async function answer(path: string, body: object, headers = {}) {
  const { deps, raw } = collector();
  const { status, body: text } = await collect(post(path, body, headers), deps);
  return { status, json: JSON.parse(text), stored: raw.records.length };
}

describe('declarations', () => {
  it.each([...CONTROL_TYPES])('POST /v1/%s takes one from a server', async (type) => {
    expect(await answer(`/v1/${type}`, fields(type))).toMatchObject({ status: 200, json: { accepted: 1 }, stored: 1 });
  });

  it.each([...CONTROL_TYPES])('POST /v1/%s answers 403 to a public key, and keeps what came', async (type) => {
    expect(await answer(`/v1/${type}`, fields(type), asPublic)).toMatchObject({
      status: 403,
      json: { accepted: 0, refused: [{ index: 0, reason: 'secret_key_required', field: '/type' }] },
      stored: 1,
    });
  });

  it('are refused one by one in a batch; the rest goes on', async () => {
    const batch = [
      { type: 'track', event: 'E', userId: 'u' },
      { type: 'merge', ...declaration, messageId: 'd' },
    ];
    expect(await answer('/v1/batch', { batch }, asPublic)).toMatchObject({
      status: 400,
      json: { accepted: 1, refused: [{ index: 1, messageId: 'd', reason: 'secret_key_required' }] },
    });
    expect(await answer('/v1/batch', { batch })).toMatchObject({ status: 200, json: { accepted: 2 } });
  });

  it('say what is wrong with them', async () => {
    const refused = await answer('/v1/merge', { ...declaration, reason: undefined });
    expect(refused).toMatchObject({ status: 400, json: { refused: [{ reason: 'missing_field', field: '/reason' }] } });
  });
});
