import { gunzipSync, gzipSync } from 'node:zlib';
import type { HttpRequest } from '../../functions/shared/http.ts';
import type { Payload } from '../../functions/shared/protocols/protocol.ts';
import type { Dice } from './dice.ts';

/** Longest body that a mutation may grow to, bytes. */
const MAX_BYTES = 300_000;

const TOKENS = [
  '__proto__',
  'constructor',
  '{"__proto__":{"polluted":1}}',
  '[[[[[[[[',
  '{"a":'.repeat(40),
  '\0',
  '\uFEFF',
  '\uD800',
  '%00',
  '%',
  '1e999',
  '-0',
  '9007199254740993',
  'NaN',
  '=',
  '&data=',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<![CDATA[',
  'x'.repeat(70_000),
  '2026-02-30T25:61:61Z',
] as const;

const VALUES: readonly [unknown, ...unknown[]] = [
  null,
  undefined,
  true,
  0,
  -1,
  1e308,
  '',
  ' ',
  '__proto__',
  'x'.repeat(5_000),
  [],
  {},
  [[[[[]]]]],
  ['a', 1, null, { b: [] }],
  { toString: 1 },
  { constructor: { prototype: { polluted: 1 } } },
  { length: 1e9 },
  '1970-01-01T00:00:00Z',
  1_764_000_000_000,
  '\uD800',
];

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'type',
  'data',
  '',
  '$',
  'a.b',
] as const;

/** Some other bytes: a few changed, cut out, doubled or put in, or the tail of another seed. */
export function mutateBytes(bytes: Buffer, dice: Dice, pool: readonly Buffer[]): Buffer {
  let out = Buffer.from(bytes);
  for (let n = 1 + dice.below(4); n > 0; n -= 1) {
    const at = dice.below(out.length + 1);
    const length = dice.below(Math.min(64, out.length - at) + 1);
    const [head, rest] = [out.subarray(0, at), out.subarray(at + length)];
    switch (dice.below(7)) {
      case 0:
        if (at < out.length) out.writeUInt8((out.readUInt8(at) ^ (1 << dice.below(8))) & 0xff, at);
        break;
      case 1:
        out = Buffer.concat([head, rest]);
        break;
      case 2:
        out = Buffer.concat([head, out.subarray(at, at + length), out.subarray(at)]);
        break;
      case 3:
        out = Buffer.concat([head, Buffer.from(dice.pick(TOKENS)), rest]);
        break;
      case 4:
        out = Buffer.from(head);
        break;
      case 5: {
        const other = pool[dice.below(pool.length)] ?? bytes;
        out = Buffer.concat([head, other.subarray(dice.below(other.length + 1))]);
        break;
      }
      default:
        for (let i = at; i < Math.min(at + length, out.length); i += 1) out.writeUInt8(dice.below(256), i);
    }
  }
  return out.subarray(0, MAX_BYTES);
}

/** The same JSON with a value, a name or a level changed somewhere in it. */
export function mutateJson(value: unknown, dice: Dice, depth = 0): unknown {
  if (depth > 60 || dice.chance(depth === 0 ? 0.02 : 0.1) || typeof value !== 'object' || value === null) {
    return dice.chance(0.03) ? nest(dice.below(200)) : dice.pick(VALUES);
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return [dice.pick(VALUES)];
    const at = dice.below(value.length);
    const out = value.with(at, mutateJson(value[at], dice, depth + 1));
    if (dice.chance(0.02)) return Array.from({ length: dice.below(3_000) }, () => out[0]);
    return dice.chance(0.1) ? [...out, out[dice.below(out.length)]] : out;
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || dice.chance(0.1)) entries.push([dice.pick(NAMES), dice.pick(VALUES)]);
  const at = dice.below(entries.length);
  const [name = '', inner] = entries[at] ?? [];
  if (dice.chance(0.1)) entries.splice(at, 1);
  else entries[at] = [dice.chance(0.05) ? dice.pick(NAMES) : name, mutateJson(inner, dice, depth + 1)];
  return Object.fromEntries(entries);
}

const nest = (levels: number): unknown => {
  let out: unknown = 1;
  for (let n = 0; n < levels; n += 1) out = n % 2 ? [out] : { a: out };
  return out;
};

/** Text that stands for the bytes: plain, or the content of gzip. */
function contentOf(bytes: Buffer): { text: string; zipped: boolean } | undefined {
  try {
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return { text: (zipped ? gunzipSync(bytes) : bytes).toString('utf8'), zipped };
  } catch {
    return undefined;
  }
}

/** A body that still parses as far as it did, with something else in it; else other bytes. */
function mutateBody(bytes: Buffer, dice: Dice, pool: readonly Buffer[]): Buffer {
  const content = dice.chance(0.6) ? contentOf(bytes) : undefined;
  if (content === undefined) return mutateBytes(bytes, dice, pool);
  try {
    const text = JSON.stringify(mutateJson(JSON.parse(content.text), dice)) ?? '';
    const changed = Buffer.from(text).subarray(0, MAX_BYTES);
    return content.zipped ? gzipSync(changed) : changed;
  } catch {
    return mutateForm(content.text, dice) ?? mutateBytes(bytes, dice, pool);
  }
}

/** A form whose fields are base64 of JSON, gzip or not. */
function mutateForm(text: string, dice: Dice): Buffer | undefined {
  const fields = [...new URLSearchParams(text)];
  if (fields.length === 0 || fields.length > 20 || !text.includes('=')) return undefined;
  const at = dice.below(fields.length);
  const [name = '', value = ''] = fields[at] ?? [];
  fields[at] = [name, mutateText(value, dice)];
  return Buffer.from(new URLSearchParams(fields).toString());
}

function mutateText(value: string, dice: Dice): string {
  const bytes = Buffer.from(value, 'base64');
  const content = value.length > 8 ? contentOf(bytes) : undefined;
  if (content !== undefined && dice.chance(0.8)) {
    try {
      const changed = Buffer.from(JSON.stringify(mutateJson(JSON.parse(content.text), dice)) ?? '');
      return (content.zipped ? gzipSync(changed) : changed).subarray(0, MAX_BYTES).toString('base64');
    } catch {
      // It was no JSON: changed as text below.
    }
  }
  const at = dice.below(value.length + 1);
  return value.slice(0, at) + dice.pick(TOKENS) + value.slice(at + dice.below(4));
}

const mutateFields = (fields: Readonly<Record<string, string>>, dice: Dice): Record<string, string> => {
  const entries = Object.entries(fields);
  if (entries.length === 0) return { [dice.pick(NAMES)]: dice.pick(TOKENS) };
  const at = dice.below(entries.length);
  const [name = '', value = ''] = entries[at] ?? [];
  if (dice.chance(0.2)) entries.splice(at, 1);
  else entries[at] = [name, mutateText(value, dice)];
  return Object.fromEntries(entries);
};

/** The same request with something wrong in its body, its query or its headers; its path stays. */
export function mutateRequest(request: HttpRequest, dice: Dice, pool: readonly Buffer[]): HttpRequest {
  const what = dice.below(10);
  if (what === 0) return { ...request, headers: mutateFields(request.headers, dice) };
  if (what <= 3 || request.body.length === 0) {
    const query = mutateFields(request.query, dice);
    return { ...request, query, rawQuery: new URLSearchParams(query).toString() };
  }
  return { ...request, body: mutateBody(request.body, dice, pool) };
}

/** The same payload with something wrong in it. */
export function mutatePayload(payload: Payload, dice: Dice, pool: readonly Buffer[]): Payload {
  if (dice.chance(0.1)) return { ...payload, params: mutateFields(payload.params, dice) };
  return { ...payload, body: mutateBody(payload.body, dice, pool) };
}
