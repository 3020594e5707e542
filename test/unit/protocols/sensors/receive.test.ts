import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import { javaHash } from '../../../../functions/shared/protocols/sensors/receive.ts';
import { replayRecord } from '../../../../functions/shared/raw-record.ts';
import { CLEAN_DEPS, collector, WEB } from '../../../support/ingest.ts';
import { base64, form, type Sending, sent, sentRecords, TRACK } from './support.ts';

const DATA = base64([TRACK]);
const packed = gzipSync(JSON.stringify([TRACK])).toString('base64');

describe('what comes in', () => {
  it.each([
    ['a form', { body: form({ data_list: DATA }) }],
    ['one record', { body: form({ data: base64(TRACK) }) }],
    ['a packed form', { body: form({ data_list: packed, gzip: '1' }) }],
    ['a packed form that does not say so', { body: form({ data_list: packed }) }],
    ['the packing said first', { body: form({ gzip: '1', data_list: packed }) }],
    [
      'a form in a packed body',
      { body: gzipSync(form({ data: base64(TRACK) })), headers: { 'content-encoding': 'gzip' } },
    ],
    ['a query', { method: 'GET', query: { token: 'k', data_list: DATA } }],
    ['a query of a POST', { query: { token: 'k', data_list: DATA } }],
    ['pluses that nobody encoded', { body: `data_list=${DATA}` }],
    ['bare JSON', { body: JSON.stringify([TRACK]) }],
    ['with its checksum', { body: form({ data_list: DATA, ext: `crc=${javaHash(DATA)}` }) }],
    ['an image', { method: 'GET', path: '/sa.gif', query: { token: 'k', data: base64(TRACK) } }],
    ['the address of a stage', { path: '/v1/sa', body: form({ data: base64(TRACK) }) }],
    ['the project as an alias', { query: { project: 'production' }, body: form({ data: base64(TRACK) }) }],
  ])('%s', async (_, sending) => {
    const { deps, raw } = collector({ k: WEB, 'sensors:production': WEB });
    const { method = 'POST', path = '/sa', query = { token: 'k' }, headers = {}, body = '' }: Sending = sending;
    const answer = await collect({ method, path, query, headers, body: Buffer.from(body) }, deps);
    expect(answer.status).toBe(200);
    const { events } = cleanRecord(raw.records[0] ?? Buffer.alloc(0), CLEAN_DEPS);
    expect(events.map(({ name, owner }) => [name, owner])).toEqual([['OrderPaid', 'user_id:u-1']]);
  });

  it('finds the source in the records where the address names none, then as the default project', async () => {
    const { deps, raw } = collector({ 'sensors:shop': WEB, 'sensors:default': WEB });
    const call = (record: object) => ({
      ...{ method: 'POST', path: '/sa', query: {}, headers: {} },
      body: Buffer.from(form({ data: base64(record) })),
    });
    for (const record of [{ ...TRACK, project: 'shop' }, TRACK]) {
      expect((await collect(call(record), deps)).status).toBe(200);
    }
    expect(raw.records).toHaveLength(2);
    expect(String(raw.records[0])).not.toContain('"token"');
  });

  it.each([
    ['missing', {}, 'unknown_key'],
    ['wrong', { token: 'nobody' }, 'unknown_key'],
  ])('is refused where the key is %s: the sender keeps it until the source is there', async (_, query, reason) => {
    const { answer, stored } = await sent({ query, body: form({ data: base64(TRACK) }) });
    expect([answer.status, JSON.parse(answer.body).reason, stored]).toEqual([401, reason, 0]);
  });
});

describe('what cannot be read is kept, and its sender told to go on', () => {
  const cut = DATA.slice(0, -30);
  it.each([
    ['nothing in it', { body: 'x=1' }, 'invalid_payload', '/data'],
    ['encrypted', { body: form({ data_list: DATA, gzip: '9' }) }, 'invalid_payload', '/gzip'],
    ['no base64', { body: form({ data_list: '你好' }) }, 'invalid_payload', '/data'],
    ['cut short', { body: form({ data_list: cut }) }, 'invalid_json', ''],
    ['cut short, and its checksum says so', { body: form({ data: cut, ext: 'crc=5' }) }, 'invalid_payload', '/ext'],
    [
      'changed on the way',
      { body: form({ data: base64({ ...TRACK, time: 1 }), ext: `crc=${javaHash(DATA)}` }) },
      'invalid_payload',
      '/ext',
    ],
    ['cut short when packed', { body: form({ data_list: packed.slice(0, -40), gzip: '1' }) }, 'invalid_gzip', '/data'],
    [
      'a bomb',
      { body: form({ data_list: gzipSync(Buffer.alloc(5_000_000)).toString('base64') }) },
      'decompressed_too_large',
      '/data',
    ],
    ['no JSON', { body: form({ data_list: Buffer.from('{').toString('base64') }) }, 'invalid_json', ''],
    ['too large', { body: `data=${'A'.repeat(600_000)}` }, 'body_too_large', ''],
    [
      'another encoding',
      { body: form({ data: DATA }), headers: { 'content-encoding': 'br' } },
      'unsupported_encoding',
      '',
    ],
  ])('%s', async (_, sending, reason, field) => {
    const { answer, events, quarantined } = await sent(sending);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ success: false, reason });
    expect(events).toEqual([]);
    expect(quarantined.map((each) => [each.reason, each.field])).toEqual([[reason, field]]);
  });

  it('but an address for debugging is told what is wrong', async () => {
    const { answer } = await sent({ path: '/debug', body: form({ data_list: DATA, gzip: '9' }) });
    expect(answer.status).toBe(400);
  });

  it('and can be fed in again, once it can be read', async () => {
    const { quarantined } = await sentRecords([{ ...TRACK, event: 'not a name' }]);
    const [entry] = quarantined;
    if (entry === undefined) throw new Error('Nothing was put in quarantine.');
    const again = cleanRecord(replayRecord(entry, WEB), CLEAN_DEPS);
    expect(again.quarantined.map(({ reason, field }) => [reason, field])).toEqual([['invalid_field', '/event']]);
    const mended = { ...entry, original: entry.original.replace('not a name', 'Named') };
    expect(cleanRecord(replayRecord(mended, WEB), CLEAN_DEPS).events.map(({ name }) => name)).toEqual(['Named']);
  });
});

describe('dry run', () => {
  it('says of each record what is right and wrong, and stores nothing', async () => {
    const records = [
      TRACK,
      { ...TRACK, event: '1' },
      { type: 'profile_set', distinct_id: 'u-1', properties: { a: 1 } },
    ];
    const headers = { 'dry-run': 'true' };
    const { answer, stored } = await sentRecords(records, { path: '/debug', headers });
    expect([answer.status, stored]).toEqual([400, 0]);
    expect(JSON.parse(answer.body)).toMatchObject({
      success: false,
      records: [
        { index: 0, ok: true, becomes: 'track', name: 'OrderPaid' },
        { index: 1, ok: false, reason: 'invalid_field', field: '/event' },
        { index: 2, ok: true, becomes: 'identify' },
      ],
    });
    const right = await sentRecords([TRACK], { headers });
    expect([right.answer.status, right.stored]).toEqual([200, 0]);
    const unreadable = await sent({ headers, body: 'data=*' });
    expect([unreadable.answer.status, unreadable.stored]).toEqual([400, 0]);
    expect(JSON.parse(unreadable.answer.body)).toMatchObject({ success: false, reason: 'invalid_payload' });
  });

  it('needs a known source', async () => {
    const { answer } = await sentRecords([TRACK], { query: { token: 'nobody' }, headers: { 'dry-run': 'true' } });
    expect(answer.status).toBe(401);
  });
});

it('hashes as Java does', () => {
  expect(['', 'a', 'hello', '你好'].map(javaHash)).toEqual([0, 97, 99162322, 652829]);
  expect(javaHash('polygenelubricants')).toBe(-2147483648);
});
