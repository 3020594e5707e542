import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import type { ServeDeps } from '../../../functions/serve/deps.ts';
import { serve } from '../../../functions/serve/serve.ts';
import { StreamOverloaded } from '../../../functions/shared/seams.ts';
import { ARRIVAL, CLEAN_DEPS, MemoryRawStream, post, RULES, tokenise } from '../../support/ingest.ts';
import { MemoryDocStore } from '../../support/memory-doc-store.ts';
import { noQuality } from '../../support/quality.ts';
import { testDesk } from '../../support/source-desk.ts';
import { DEFINITIONS, SHIPPED } from '../../support/stitch.ts';

function api(caller: string | undefined = 'anna') {
  const raw = new MemoryRawStream();
  const deps: ServeDeps = {
    store: new MemoryDocStore(),
    sql: { query: async () => ({ columns: [], rows: [], truncated: false }) },
    rules: SHIPPED,
    definitions: DEFINITIONS,
    clock: { now: () => Date.parse(ARRIVAL) },
    tokenise,
    defaultRegion: 'CN',
    raw,
    newId: () => 'id-1',
    callerOf: () => caller,
    quality: noQuality,
    sourceDesk: testDesk(),
    collectUrl: 'https://collect.example.com',
  };
  return { deps, raw };
}

const body = { identifiers: ['user_id:m1', 'phone:13800138000'], reason: 'same customer' };
const clean = (raw: MemoryRawStream) =>
  raw.records.map((record) => cleanRecord(record, { ...CLEAN_DEPS, rules: RULES }));

describe('a declaration over the API', () => {
  it('is on the raw stream as one event of the operators when it is answered', async () => {
    const { deps, raw } = api('arn:aws:iam::1:user/anna');
    const answer = await serve(post('/api/identity/merge', body, { 'idempotency-key': 'k1' }), deps);
    const { event_id, identifiers } = JSON.parse(answer.body);
    expect([answer.status, event_id]).toEqual([202, 'k1']);
    const [result] = clean(raw);
    expect(result?.quarantined).toEqual([]);
    expect(result?.events).toMatchObject([
      {
        type: 'merge',
        event_id: 'k1',
        source_id: 'operators',
        channel: 'operators',
        verified: true,
        occurred_at: ARRIVAL,
        declared: { by: 'arn:aws:iam::1:user/anna', why: 'same customer' },
      },
    ]);
    // What was answered is what clean made of it, and the raw number reaches the vault.
    expect(identifiers).toEqual(['user_id:m1', `phone:${tokenise('phone', '+8613800138000')}`]);
    expect(result?.secrets).toHaveLength(1);
  });

  it('has the same content when it is sent again', async () => {
    const { deps, raw } = api();
    for (const _ of [1, 2]) await serve(post('/api/identity/bind', body, { 'idempotency-key': 'k1' }), deps);
    const [first, second] = clean(raw).map(({ events }) => events[0]);
    expect(first).toBeDefined();
    expect(second?.body_hash).toBe(first?.body_hash);
  });

  it('counts from the time it names', async () => {
    const { deps, raw } = api();
    await serve(post('/api/identity/unbind', { ...body, timestamp: '2026-11-01T00:00:00+08:00' }), deps);
    expect(clean(raw)[0]?.events[0]?.occurred_at).toBe('2026-10-31T16:00:00.000Z');
  });

  it.each([
    ['nobody', '', 403, 'caller_unknown'],
    ['a blank name', ' ', 403, 'caller_unknown'],
  ])('by %s is refused', async (_, caller, status, error) => {
    const { deps, raw } = api(caller);
    const answer = await serve(post('/api/identity/merge', body), deps);
    expect([answer.status, JSON.parse(answer.body).error, raw.records]).toEqual([status, error, []]);
  });

  it('is not answered as taken when the stream is full', async () => {
    const { deps, raw } = api();
    raw.fail = new StreamOverloaded(2);
    const answer = await serve(post('/api/identity/merge', body), deps);
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'overloaded' });
    raw.fail = new Error('no such stream');
    await expect(serve(post('/api/identity/merge', body), deps)).rejects.toThrow('no such stream');
  });

  it('is no GET', async () => {
    const request = { ...post('/api/identity/merge', ''), method: 'GET' };
    expect(await serve(request, api().deps)).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});
