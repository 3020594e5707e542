/** The forms in which lz-string writes its bits: how many to a unit, and what the units of a body are. */
export const LZ_FORMS = {
  /** `compressToUint8Array`: two bytes to a unit, the higher one first. */
  bytes: {
    bits: 16,
    units: (body: Buffer): number[] =>
      Array.from({ length: body.byteLength >> 1 }, (_, index) => body.readUInt16BE(index * 2)),
  },
  /** `compressToUTF16`: fifteen bits to a character, above the control characters. */
  utf16: { bits: 15, units: (body: Buffer): number[] => codes(body.toString('utf8')).map((code) => code - 32) },
  /** `compressToEncodedURIComponent`: six bits to a letter; forms turn its `+` into a space. */
  address: {
    bits: 6,
    units: (body: Buffer): number[] => codes(body.toString('latin1')).map((code) => LETTERS.get(code) ?? -1),
  },
} as const;

const codes = (text: string): number[] => Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$';
const LETTERS = new Map([...codes(ALPHABET).map((code, value) => [code, value] as const), [32, 62]]);

/** What the first entries of the dictionary stand for instead of a text. */
const NEW_BYTE = 0;
const NEW_CHARACTER = 1;
const END = 2;
const FIRST_ENTRY = 3;

/**
 * The text that lz-string packed, or why there is none: `too_long` where it has more than `maxChars` UTF-16 units, `damaged` where it
 * is none of its output. Own, because the library's decoder has no bound: its dictionary holds texts, each longer than the last, so
 * that 100 KB can grow to gigabytes. Here an entry is a place in the output, which it always is a part of. Linear in input and output.
 */
export function unpackLz(
  body: Buffer,
  form: (typeof LZ_FORMS)[keyof typeof LZ_FORMS],
  maxChars: number,
): { readonly text: string } | 'too_long' | 'damaged' {
  const read = bitReader(form.units(body), form.bits);
  const out = new Output(maxChars);
  const book = new Dictionary();
  let last: Place | undefined;
  for (;;) {
    const code = read(book.bits);
    if (code === undefined) return 'damaged';
    if (code === END) return { text: out.text() };
    const start = out.length;
    const isNew = code === NEW_BYTE || code === NEW_CHARACTER;
    const character = isNew ? read(code === NEW_BYTE ? 8 : 16) : undefined;
    const place = isNew ? undefined : book.place(code - FIRST_ENTRY, last);
    if (character === undefined && place === undefined) return 'damaged';
    const fits = character === undefined ? place !== undefined && out.repeat(place) : out.push(character);
    if (!fits) return 'too_long';
    if (isNew) book.add([start, start + 1]);
    if (last !== undefined) book.add([last[0], last[1] + 1]);
    last = [start, out.length];
  }
}

type Place = readonly [start: number, end: number];

/** Entries by the place of their text in the output, and how many bits a code of theirs has. */
class Dictionary {
  /** The very first code can only be a new character or the end, and has two. */
  bits = 2;
  readonly #places: Place[] = [];
  #roomLeft = 1;

  add(place: Place): void {
    this.#places.push(place);
    if (--this.#roomLeft > 0) return;
    this.#roomLeft = 2 ** this.bits;
    this.bits += 1;
  }

  /** One beyond the last is the entry that is only being made: what came last, and its own first character. */
  place(entry: number, last: Place | undefined): Place | undefined {
    if (last === undefined) return undefined;
    return entry === this.#places.length ? [last[0], last[1] + 1] : this.#places[entry];
  }
}

/** Reads numbers whose lowest bit comes first, out of units whose highest bit comes first; undefined at the end. */
function bitReader(units: readonly number[], bitsPerUnit: number): (bits: number) => number | undefined {
  let index = 0;
  let left = bitsPerUnit;
  return (bits) => {
    let value = 0;
    for (let bit = 0; bit < bits; bit++) {
      if (left === 0) {
        index += 1;
        left = bitsPerUnit;
      }
      const unit = units[index];
      if (unit === undefined || unit < 0) return undefined;
      left -= 1;
      value |= ((unit >> left) & 1) << bit;
    }
    return value;
  };
}

/** UTF-16 units, up to a bound. */
class Output {
  length = 0;
  readonly #maxChars: number;
  #units = new Uint16Array(4096);

  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  push(unit: number): boolean {
    if (!this.#reserve(1)) return false;
    this.#units[this.length++] = unit;
    return true;
  }

  /** Appends what is at a place, which may reach into what is being appended. */
  repeat([start, end]: Place): boolean {
    if (!this.#reserve(end - start)) return false;
    for (let from = start; from < end; from++) this.#units[this.length++] = this.#units[from] ?? 0;
    return true;
  }

  text(): string {
    return Buffer.from(this.#units.buffer, 0, this.length * 2).toString('utf16le');
  }

  #reserve(more: number): boolean {
    const needed = this.length + more;
    if (needed > this.#maxChars) return false;
    if (needed <= this.#units.length) return true;
    const larger = new Uint16Array(Math.min(Math.max(needed, this.#units.length * 2), this.#maxChars));
    larger.set(this.#units);
    this.#units = larger;
    return true;
  }
}
