/** Kinds of elements, by their tag's two lowest bits; where there is more than one byte, the lower one comes first. */
const LITERAL = 0;
const COPY_NEAR = 1;
const COPY_2_BYTES = 2;

/** Literals up to this length say it in their tag; above, the tag says how many bytes of length follow. */
const MAX_TAG_LITERAL = 60;

/**
 * The bytes that a raw Snappy block holds (format_description.txt of google/snappy: no frames, no checksums). Own, because the
 * library for it reads lengths of four bytes as signed numbers, and goes round in circles for ever on a hostile one.
 * @returns `too_long` where the block says that it holds more than `maxBytes`; `damaged` where it is none
 */
export function unpackSnappy(block: Buffer, maxBytes: number): Buffer | 'too_long' | 'damaged' {
  const length = readLength(block);
  if (length === undefined) return 'damaged';
  if (length.value > maxBytes) return 'too_long';
  const out = Buffer.alloc(length.value);
  let at = length.bytes;
  let end = 0;
  while (at < block.byteLength) {
    const element = readElement(block, at);
    if (element === undefined || end + element.length > out.byteLength) return 'damaged';
    const { from, length: bytes, back } = element;
    if (back === undefined) block.copy(out, end, from, from + bytes);
    else {
      if (back === 0 || back > end) return 'damaged';
      // One by one: a copy may reach into what it writes.
      for (let i = 0; i < bytes; i++) out[end + i] = out[end + i - back] ?? 0;
    }
    end += bytes;
    at = element.next;
  }
  return end === out.byteLength ? out : 'damaged';
}

/** Seven bits to a byte, the lowest ones first; at most 32 bits. */
function readLength(block: Buffer): { value: number; bytes: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value <= 0xff_ff_ff_ff ? { value, bytes: index + 1 } : undefined;
  }
  return undefined;
}

interface Element {
  readonly length: number;
  /** Where its bytes are in the block. */
  readonly from: number;
  /** How far back in the output they are, for a copy. */
  readonly back?: number;
  readonly next: number;
}

function readElement(block: Buffer, at: number): Element | undefined {
  const tag = block[at] ?? 0;
  const kind = tag & 3;
  const high = tag >> 2;
  if (kind === LITERAL) {
    const lengthBytes = high < MAX_TAG_LITERAL ? 0 : high - MAX_TAG_LITERAL + 1;
    const from = at + 1 + lengthBytes;
    if (from > block.byteLength) return undefined;
    const length = (lengthBytes === 0 ? high : block.readUIntLE(at + 1, lengthBytes)) + 1;
    return from + length > block.byteLength ? undefined : { length, from, next: from + length };
  }
  const offsetBytes = kind === COPY_NEAR ? 1 : kind === COPY_2_BYTES ? 2 : 4;
  const next = at + 1 + offsetBytes;
  if (next > block.byteLength) return undefined;
  const offset = block.readUIntLE(at + 1, offsetBytes);
  if (kind === COPY_NEAR) return { length: (high & 7) + 4, from: at, back: (tag >> 5) * 256 + offset, next };
  return { length: high + 1, from: at, back: offset, next };
}
