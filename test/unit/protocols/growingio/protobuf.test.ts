import { readFileSync } from 'node:fs';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import { readEventList } from '../../../../functions/shared/protocols/growingio/event-v3.ts';
import { CLEAN_DEPS, collector, WEB } from '../../../support/ingest.ts';

interface Vector {
  readonly stm: number;
  readonly bodyBase64: string;
  readonly protobufBase64: string;
  readonly decodedByJs: { readonly values: readonly object[] };
}

const vector: Vector = JSON.parse(
  readFileSync(
    new URL('../../../recordings/growingio-android-codec/protobuf-snappy-xor.json', import.meta.url),
    'utf8',
  ),
);

const HEADERS = { 'content-type': 'application/protobuf', 'x-compress-codec': '2', 'x-crypt-codec': '1' };

/** A request as the Android SDK sends it. */
const sent = (body: Buffer, headers: Record<string, string> = HEADERS) => ({
  method: 'POST',
  path: '/v3/projects/ACCOUNT_ID/collect',
  query: { stm: String(vector.stm) },
  rawQuery: `stm=${vector.stm}`,
  headers,
  body,
});

async function take(request: ReturnType<typeof sent>) {
  const { deps, raw } = collector({ 'growingio:ACCOUNT_ID': { ...WEB, channel: 'app' } });
  const { status } = await collect(request, { ...deps, clock: { now: () => vector.stm + 200 } });
  return { status, cleaned: raw.records.map((record) => cleanRecord(record, CLEAN_DEPS)) };
}

it('reads the very bytes that GrowingIO’s own encoders made', async () => {
  expect(readEventList(Buffer.from(vector.protobufBase64, 'base64'))).toEqual(vector.decodedByJs.values);
  const { status, cleaned } = await take(sent(Buffer.from(vector.bodyBase64, 'base64')));
  expect(status).toBe(204);
  const events = cleaned.flatMap((result) => result.events);
  expect(events.map(({ type, name, owner, occurred_at }) => [type, name, owner, occurred_at])).toEqual([
    ['track', 'pay', 'user_id:u-1', '2023-08-24T21:19:56.960Z'],
    ['identify', 'identify', 'user_id:u-1', '2023-08-24T21:19:56.961Z'],
  ]);
  expect(events[0]?.identifiers).toEqual([
    { type: 'user_id', value: 'u-1' },
    { type: 'device_id', value: 'd-1' },
  ]);
  expect(events[0]?.properties).toEqual({ goods: '鞋', brand: 'Nick' });
  expect(events[0]?.time_zone).toBe('Etc/GMT-8');
  expect(events[1]?.traits).toEqual({ vipLevel: '10' });
});

it('knows the first event type, which is not on the wire, and passes over fields that it does not know', () => {
  const event = new BinaryWriter().tag(1, WireType.LengthDelimited).string('d-1');
  event.tag(99, WireType.LengthDelimited).string('new').tag(8, WireType.LengthDelimited).string('no time');
  event.tag(44, WireType.Bit64).double(31.2).tag(15, WireType.Varint).int32(-1);
  const list = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(event.finish());
  expect(readEventList(list.finish())).toEqual([
    { eventType: 'VISIT', deviceId: 'd-1', latitude: 31.2, eventSequenceId: -1 },
  ]);
});

it('lets no key of a map reach a prototype: the event is refused by name', async () => {
  const entry = new BinaryWriter().tag(1, WireType.LengthDelimited).string('__proto__');
  entry.tag(2, WireType.LengthDelimited).string('polluted');
  const event = new BinaryWriter().tag(1, WireType.LengthDelimited).string('d-1');
  event.tag(6, WireType.Varint).int32(1).tag(22, WireType.LengthDelimited).string('x');
  event.tag(24, WireType.LengthDelimited).bytes(entry.finish());
  const list = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(event.finish()).finish();
  const { status, cleaned } = await take(sent(Buffer.from(list), { 'content-type': 'application/protobuf' }));
  expect(status).toBe(204);
  expect(cleaned[0]?.quarantined.map(({ reason }) => reason)).toEqual(['forbidden_key']);
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

it.each([
  ['Snappy', HEADERS],
  ['protobuf', { 'content-type': 'application/protobuf' }],
  ['lz-string', { 'x-compress-codec': '1' }],
])('keeps a body that is no %s, in quarantine, and does not have it sent again', async (codec, headers) => {
  const { status, cleaned } = await take(sent(Buffer.from([0x0a, 0xff, 0xff, 0x03]), headers));
  expect(status).toBe(204);
  expect(cleaned[0]?.quarantined).toMatchObject([{ reason: 'invalid_payload', original: 'base64:Cv//Aw==' }]);
  expect(cleaned[0]?.quarantined[0]?.detail).toContain(codec);
});
