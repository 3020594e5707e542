import { hash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Compile } from 'typebox/compile';
import { SpillHead } from '../../schemas/spill.ts';
import { chunk } from './aws-batch.ts';

/** What an output could not deliver. Lines hold no line break. */
export interface Parcel {
  readonly kind: SpillHead['kind'];
  readonly target: string;
  /** The code of the last refusal. */
  readonly why: string;
  readonly lines: readonly string[];
}

/** Where outputs put what their service does not take now, and from where it is drained later. */
export interface Spill {
  /** Resolves once everything is durable. @throws when it is not; then nothing may be acknowledged. */
  put(parcel: Parcel): Promise<void>;
}

/** One object to be written. */
export interface SpillObject {
  readonly key: string;
  readonly body: Buffer;
}

/** A spilled object is not what `spillObjects` makes; the message names its key. */
export class SpillError extends Error {
  override name = 'SpillError';
}

/** Everything spilled lies under it, in the failures bucket. */
export const SPILL_PREFIX = 'spill/';

/** Text of one object before gzip: a drain holds several in memory. */
const MAX_TEXT_BYTES = 8 * 1024 * 1024;
/** A single line can be larger than the aim. */
const MAX_UNPACKED_BYTES = 4 * MAX_TEXT_BYTES;

/**
 * A parcel as objects. Their keys are made of their content, so that a batch which comes again after it was spilled writes the
 * same objects over again, however often.
 */
export function spillObjects(parcel: Parcel, { by, at }: { by: string; at: string }): SpillObject[] {
  const { kind, target, why } = parcel;
  const limits = { items: Number.POSITIVE_INFINITY, bytes: MAX_TEXT_BYTES };
  const bytesOf = (line: string) => Math.min(Buffer.byteLength(line) + 1, MAX_TEXT_BYTES);
  return chunk(parcel.lines, limits, bytesOf).map((lines) => {
    const text = lines.join('\n');
    const head: SpillHead = { v: 1, kind, target, by, at, why: why.slice(0, 200), lines: lines.length };
    const key = `${SPILL_PREFIX}${kind}/${target}/${hash('sha256', text).slice(0, 40)}.jsonl.gz`;
    return { key, body: gzipSync(`${JSON.stringify(head)}\n${text}`) };
  });
}

const validator = Compile(SpillHead);

/** @throws SpillError when the object is not one of ours, or not whole. */
export function readSpillObject({ key, body }: { key: string; body: Uint8Array }): {
  head: SpillHead;
  lines: string[];
} {
  const [first = '', ...lines] = unpackText(key, body).split('\n');
  const head = parseHead(first);
  if (head === undefined || head.lines !== lines.length) {
    throw new SpillError(`${key} is not a spilled object, or not whole. Look at it by hand.`);
  }
  return { head, lines };
}

function unpackText(key: string, body: Uint8Array): string {
  try {
    return gunzipSync(body, { maxOutputLength: MAX_UNPACKED_BYTES }).toString('utf8');
  } catch {
    throw new SpillError(
      `${key} is not gzip, or unfolds to more than ${MAX_UNPACKED_BYTES} bytes. Look at it by hand.`,
    );
  }
}

function parseHead(line: string): SpillHead | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return validator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
