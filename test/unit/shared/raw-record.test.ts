import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeOriginal,
  decodeRaw,
  encodeOriginal,
  encodeRaw,
  UnreadableRecordError,
} from '../../../functions/shared/raw-record.ts';
import { ARRIVAL, rawRecord, WEB } from '../../support/ingest.ts';

describe('raw records', () => {
  it('give back head and body, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), (body, userAgent) => {
        const head = {
          v: 1 as const,
          protocol: 'segment' as const,
          route: 'track',
          source: WEB,
          request_id: 'r',
          received_at: ARRIVAL,
          user_agent: userAgent,
        };
        const decoded = decodeRaw(encodeRaw(head, body));
        expect(decoded.head).toEqual(head);
        expect(decoded.body).toEqual(Buffer.from(body));
      }),
    );
  });

  it.each([Buffer.alloc(0), Buffer.from('{}'), Buffer.from('{}\nx'), Buffer.from('no\n'), Buffer.from('null\n')])(
    'says so when it is none: %s',
    (bytes) => expect(() => decodeRaw(bytes)).toThrow(UnreadableRecordError),
  );

  it('say how long their body is, so that one that was cut is not taken for whole', () => {
    const record = rawRecord('track', {});
    expect(JSON.parse(record.toString('utf8', 0, record.indexOf(0x0a))).body_bytes).toBe(2);
    expect(() => decodeRaw(record.subarray(0, -1))).toThrow('1 bytes; its head says 2');
  });

  it('are read only from their own version', () => {
    const record = rawRecord('track', {}).toString().replace('"v":1', '"v":2');
    expect(() => decodeRaw(Buffer.from(record))).toThrow(UnreadableRecordError);
  });
});

describe('quarantined bytes', () => {
  it('come back as they were, UTF-8 or not', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(decodeOriginal(encodeOriginal(bytes))).toEqual(Buffer.from(bytes));
        },
      ),
    );
    expect(decodeOriginal(encodeOriginal(Buffer.from('base64:not')))).toEqual(Buffer.from('base64:not'));
  });
});
