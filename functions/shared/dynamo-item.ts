import { deflateRawSync, gunzipSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { MAX_BODY_BYTES, type Versioned } from './doc-store.ts';
import { DICTIONARY_1 } from './dynamo-dictionary.ts';

/**
 * A stored document: `k` key, `v` version, `w` id of the write that left it so, and its JSON text: `b` as it is, `d` deflated
 * against dictionary 1, or `z` gzipped, as older items are.
 */
export type Item = Record<string, AttributeValue>;

/** DynamoDB bills a write per started KiB of the item (names and values), a consistent read per started 4 KiB. */
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;
/** How texts are packed, and unpacked. */
const PACKED = { dictionary: DICTIONARY_1, maxOutputLength: MAX_BODY_BYTES };
/** A bound for the version and its name. */
const VERSION_BYTES = 1 + 12;

/** Size as DynamoDB counts it: names and values in UTF-8. */
function bytesOf(item: Item): number {
  let bytes = 'v' in item ? VERSION_BYTES : 0;
  for (const [name, { S, B }] of Object.entries(item)) {
    if (S !== undefined || B !== undefined) bytes += name.length + (S === undefined ? 0 : Buffer.byteLength(S));
    bytes += B?.byteLength ?? 0;
  }
  return bytes;
}

/** Units for writing an item, outside a transaction; within one it is twice that. A missing item costs one. */
export const writeUnits = (item: Item | undefined): number =>
  item === undefined ? 1 : Math.max(1, Math.ceil(bytesOf(item) / WRITE_UNIT_BYTES));

/** What a read that may be behind costs of a consistent one. */
export const BEHIND_SHARE = 0.5;

/** Units for reading an item consistently. A missing item costs one. */
export const readUnits = (item: Item | undefined): number =>
  item === undefined ? 1 : Math.max(1, Math.ceil(bytesOf(item) / READ_UNIT_BYTES));

/** A stored document cannot be read; it was not written by this program, or it is damaged. */
export class DocumentUnreadable extends Error {
  override name = 'DocumentUnreadable';
}

/**
 * The item of a document. The body is packed where that saves at least one write unit; a unit costs hundreds of times more than
 * the CPU time for it. Against a dictionary a known visitor of twenty-eight events a week takes one unit, gzipped two.
 */
export function encodeItem(document: { key: string; version: number; writeId: string; json: string }): Item {
  const { key, version, writeId, json } = document;
  const head: Item = { k: { S: key }, v: { N: String(version) }, w: { S: writeId } };
  const plain: Item = { ...head, b: { S: json } };
  const plainUnits = writeUnits(plain);
  if (plainUnits === 1) return plain;
  const packed: Item = { ...head, d: { B: deflateRawSync(json, PACKED) } };
  return writeUnits(packed) < plainUnits ? packed : plain;
}

/** @throws DocumentUnreadable */
export function decodeItem(item: Item): { key: string; document: Versioned } {
  const key = item.k?.S;
  const version = Number(item.v?.N);
  if (key === undefined || !Number.isSafeInteger(version) || version < 1) {
    throw new DocumentUnreadable(`An item has no key or version (key "${key}"); is this the table of documents?`);
  }
  try {
    return { key, document: { version, body: JSON.parse(textOf(item)) } };
  } catch (cause) {
    throw new DocumentUnreadable(`The body of "${key}" cannot be read; restore it from a backup.`, { cause });
  }
}

function textOf(item: Item): string {
  if (item.b?.S !== undefined) return item.b.S;
  if (item.d?.B !== undefined) return inflateRawSync(item.d.B, PACKED).toString('utf8');
  if (item.z?.B !== undefined) return gunzipSync(item.z.B, { maxOutputLength: MAX_BODY_BYTES }).toString('utf8');
  throw new Error('It has none of b, d and z.');
}
