import { MAX_ROW_BYTES } from './limits.ts';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;

/** One record: its bytes without the line break, or why there are none; and where the next one begins. */
export type Cut =
  | { readonly bytes: Buffer; readonly next: number; readonly problem?: undefined }
  | { readonly problem: 'row_too_large' | 'unclosed_quote'; readonly next: number };

export interface CutOptions {
  /** The delimiter's byte where quotes may hold line breaks (CSV); none where each line is a record. */
  readonly delimiter?: number | undefined;
  readonly maxBytes?: number;
  /** Where in the file the first byte lies. */
  readonly offset?: number;
}

const NOTHING = Buffer.alloc(0);
const UNCLOSED = -2;
const MORE = -1;

/**
 * Cuts bytes into records at line breaks, holding one record at most. It works on bytes: in UTF-8 and in GB18030 no part of a character
 * of several bytes is a quote, a line break, a comma, a semicolon or a tab. A record that is too large, or whose quote is never closed,
 * costs its first line alone: reading goes on behind that. How the bytes are divided into pieces makes no difference.
 */
export class RecordCutter {
  readonly #delimiter: number | undefined;
  readonly #maxBytes: number;
  #rest: Buffer = NOTHING;
  /** Where `#rest` begins in the file. */
  #offset: number;
  /** Bytes are dropped up to the next line break. */
  #skipping = false;

  constructor({ delimiter, maxBytes = MAX_ROW_BYTES, offset = 0 }: CutOptions = {}) {
    this.#delimiter = delimiter;
    this.#maxBytes = maxBytes;
    this.#offset = offset;
  }

  *push(chunk: Uint8Array): Generator<Cut, void> {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    yield* this.#cut(this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]), false);
  }

  /** What is left when there are no more bytes. */
  *end(): Generator<Cut, void> {
    yield* this.#cut(this.#rest, true);
    if (this.#skipping) yield { problem: 'row_too_large', next: this.#offset };
  }

  *#cut(buffer: Buffer, last: boolean): Generator<Cut, void> {
    const base = this.#offset;
    let start = 0;
    let nextQuote = -1;
    while (start < buffer.length) {
      if (this.#skipping) {
        const end = buffer.indexOf(LF, start);
        start = end < 0 ? buffer.length : end + 1;
        if (end < 0) break;
        this.#skipping = false;
        yield { problem: 'row_too_large', next: base + start };
        continue;
      }
      const line = buffer.indexOf(LF, start);
      if (this.#delimiter !== undefined && nextQuote < start) {
        nextQuote = buffer.indexOf(QUOTE, start);
        if (nextQuote < 0) nextQuote = buffer.length;
      }
      const quoted = this.#delimiter !== undefined && nextQuote < (line < 0 ? buffer.length : line);
      const end = quoted ? this.#endOf(buffer, start) : line < 0 ? MORE : line;
      const found = end >= 0 ? end : last && end === MORE ? buffer.length : end;
      const length = (found < 0 ? buffer.length : found) - start;
      if (length > this.#maxBytes || (last && found < 0)) {
        const problem = length > this.#maxBytes ? 'row_too_large' : 'unclosed_quote';
        if (line < 0 && !last) this.#skipping = true;
        else {
          start = line < 0 ? buffer.length : line + 1;
          yield { problem, next: base + start };
        }
        continue;
      }
      if (found < 0) break;
      const stop = found > start && buffer[found - 1] === CR ? found - 1 : found;
      const bytes = buffer.subarray(start, stop);
      start = Math.min(found + 1, buffer.length);
      yield { bytes, next: base + start };
    }
    this.#offset = base + start;
    this.#rest = start < buffer.length ? Buffer.from(buffer.subarray(start)) : NOTHING;
  }

  /** Where the record's line break is. A quote counts at the begin of a field only: inches inside a text are no quotes. */
  #endOf(buffer: Buffer, start: number): number {
    const delimiter = this.#delimiter;
    let state: 'begin' | 'plain' | 'quoted' | 'after' = 'begin';
    for (let at = start; at < buffer.length; at++) {
      const byte = buffer[at];
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'after';
      } else if (byte === LF) return at;
      else if (byte === delimiter) state = 'begin';
      else if (byte === QUOTE && state !== 'plain') state = 'quoted';
      else state = 'plain';
    }
    return state === 'quoted' ? UNCLOSED : MORE;
  }
}
