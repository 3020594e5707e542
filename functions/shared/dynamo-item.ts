import { gunzipSync, gzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Versioned } from './doc-store.ts';

/** A stored document: `k` key, `v` version, `w` id of the write that left it so, `b` JSON text or `z` JSON text gzipped. */
export type Item = Record<string, AttributeValue>;

/** DynamoDB bills a write per started KiB of the item (names and values). */
const WRITE_UNIT_BYTES = 1024;
/** Names of the attributes and a bound for the version. */
const ITEM_OVERHEAD_BYTES = 4 + 12;

const writeUnits = (bytes: number): number => Math.ceil(bytes / WRITE_UNIT_BYTES);

/** A stored document cannot be read; it was not written by this program, or it is damaged. */
export class DocumentUnreadable extends Error {
  override name = 'DocumentUnreadable';
}

/**
 * The item of a document. The body is gzipped where that saves at least one write unit; a unit costs hundreds of times
 * more than the CPU time for gzip.
 */
export function encodeItem(document: { key: string; version: number; writeId: string; json: string }): Item {
  const { key, version, writeId, json } = document;
  const head: Item = { k: { S: key }, v: { N: String(version) }, w: { S: writeId } };
  const headBytes = ITEM_OVERHEAD_BYTES + Buffer.byteLength(key) + Buffer.byteLength(writeId);
  const plain: Item = { ...head, b: { S: json } };
  const plainUnits = writeUnits(headBytes + Buffer.byteLength(json));
  if (plainUnits === 1) return plain;
  const zipped = gzipSync(json);
  return writeUnits(headBytes + zipped.byteLength) < plainUnits ? { ...head, z: { B: zipped } } : plain;
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
  if (item.z?.B !== undefined) return gunzipSync(item.z.B).toString('utf8');
  throw new Error('It has neither b nor z.');
}
