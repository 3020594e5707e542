import type { Finding } from '../../../../schemas/reasons.ts';
import type { HttpRequest } from '../../http.ts';
import { MAX_BODY_BYTES } from '../../segment-limits.ts';
import { readEventList } from './event-v3.ts';
import { LZ_FORMS, unpackLz } from './lz-string.ts';
import { unpackSnappy } from './snappy.ts';

/** JSON has the names of fields that protobuf has numbers for. */
const MAX_JSON_BYTES = 2 * MAX_BODY_BYTES;

/** JSON text; or the bytes as they came, and what they should have been. */
export interface Unpacked {
  readonly body: Buffer;
  readonly unreadable?: 'lz-string' | 'Snappy' | 'protobuf';
}

/** What the query of a request says; of an image request, only what stands before its data counts. */
export interface Said {
  readonly stm: string | undefined;
  readonly compress: string | undefined;
  /** The data of an image request. */
  readonly data: string | undefined;
}

const DATA = /(?:^|&)data=/;

/**
 * Reads the query. Without compression the web SDK writes JSON behind `data=` as it is, `&` and `=` included: all that follows
 * belongs to it. Where the carrier does not know the query as it was sent (a REST API), data with an `&` in it are lost.
 */
export function readQuery({ query, rawQuery }: Pick<HttpRequest, 'query' | 'rawQuery'>): Said {
  const at = rawQuery === undefined ? null : DATA.exec(rawQuery);
  if (rawQuery === undefined || at === null) return { stm: query.stm, compress: query.compress, data: query.data };
  const before = new URLSearchParams(rawQuery.slice(0, at.index));
  return {
    stm: before.get('stm') ?? undefined,
    compress: before.get('compress') ?? undefined,
    data: rawQuery.slice(at.index + at[0].length),
  };
}

/** Undoes what the SDKs do to a body, in the order of its headers: XOR, then compression, then protobuf. */
export function unpackBody(body: Buffer, { headers }: Pick<HttpRequest, 'headers'>, said: Said): Unpacked | Finding {
  const plain = headers['x-crypt-codec'] === '1' ? xor(body, Number(said.stm)) : body;
  const codec = headers['x-compress-codec'];
  if (codec === '2') {
    const bytes = unpackSnappy(plain, MAX_BODY_BYTES);
    if (bytes === 'too_long') return tooLong();
    if (bytes === 'damaged') return { body, unreadable: 'Snappy' };
    return fromProtobuf(bytes, headers['content-type']);
  }
  if (codec === '1') return fromLz(plain, 'utf16');
  if (said.compress === '1' && !looksLikeJson(plain)) return fromLz(plain, 'bytes');
  return fromProtobuf(plain, headers['content-type']);
}

/** The data of an image request: letters of lz-string, or JSON of which a browser has escaped some characters and left others. */
export function unpackImage({ compress, data = '' }: Said): Unpacked | Finding {
  if (data.length > MAX_BODY_BYTES) return tooLong();
  if (compress === '11') return fromLz(Buffer.from(unescapeText(data)), 'address');
  const unescaped = unescapeText(data);
  return { body: Buffer.from(isJson(unescaped) ? unescaped : data) };
}

const ESCAPED = /(?:%[0-9a-f]{2})+/gi;

/** A percent sign that escapes nothing stays: browsers leave those of the data alone. */
const unescapeText = (text: string): string =>
  text.replace(ESCAPED, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const xor = (body: Buffer, stm: number): Buffer => {
  const key = stm & 0xff;
  return Buffer.from(body.map((byte) => byte ^ key));
};

const looksLikeJson = (body: Buffer): boolean => body[0] === 0x5b || body[0] === 0x7b;

function fromLz(body: Buffer, form: keyof typeof LZ_FORMS): Unpacked | Finding {
  const unpacked = unpackLz(body, LZ_FORMS[form], MAX_BODY_BYTES);
  if (unpacked === 'damaged') return { body, unreadable: 'lz-string' };
  if (unpacked === 'too_long') return tooLong();
  const text = Buffer.from(unpacked.text);
  return text.byteLength > MAX_BODY_BYTES ? tooLong() : { body: text };
}

function fromProtobuf(body: Buffer, contentType = ''): Unpacked | Finding {
  if (!contentType.toLowerCase().includes('protobuf')) return { body };
  try {
    const json = Buffer.from(JSON.stringify(readEventList(body)));
    return json.byteLength > MAX_JSON_BYTES ? tooLong() : { body: json };
  } catch {
    return { body, unreadable: 'protobuf' };
  }
}

const tooLong = (): Finding => ({
  reason: 'decompressed_too_large',
  field: '',
  detail: `The body has more than ${MAX_BODY_BYTES} bytes when it is unpacked.`,
});
