import type { KeyObject } from 'node:crypto';
import { open, seal } from './envelope.ts';

const contextOf = (source_id: string): string => `source-secret|${source_id}`;

/** A platform's secret, sealed with the master key of the data folder for one source: an envelope as JSON of base64. */
export function sealSourceSecret(master: KeyObject, source_id: string, value: string): Uint8Array {
  const { key, iv, body } = seal(master, contextOf(source_id), value);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return Buffer.from(JSON.stringify({ key: text(key), iv: text(iv), body: text(body) }));
}

/** @throws Error when the master key is another one, or the secret is another source's */
export function openSourceSecret(master: KeyObject, source_id: string, sealed: Uint8Array): string {
  const parts = JSON.parse(Buffer.from(sealed).toString('utf8')) as { key: string; iv: string; body: string };
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  try {
    return open(master, contextOf(source_id), { key: bytes(parts.key), iv: bytes(parts.iv), body: bytes(parts.body) });
  } catch (cause) {
    throw new Error(`A secret of the source "${source_id}" does not open; restore keys/master.key.`, { cause });
  }
}
