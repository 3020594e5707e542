/**
 * Frames of Taobao's message channel: version, type, then headers until one of type 0. All numbers are little-endian; a text is its
 * length in bytes as u32, then UTF-8. Read from what two clients sent (test/recordings/taobao-tmc).
 */
const VERSION = 2;

export const FRAME = { CONNECT: 0, CONNECT_ACK: 1, SEND: 2, SEND_ACK: 3 } as const;
/** `__kind` of what is sent once a connection stands. */
export const KIND = { PULL: 1, CONFIRM: 2, DATA: 3 } as const;

const HEADER = { END: 0, CUSTOM: 1, STATUS: 2, PHRASE: 3, FLAG: 4, TOKEN: 5 } as const;
const FORMAT = { VOID: 0, TEXT: 1, BYTE: 2, INT16: 3, INT32: 4, INT64: 5, DATE: 6, BYTES: 7 } as const;

/** What is no frame, or none that can be read; the message says where it ends. */
export class FrameError extends Error {
  override name = 'FrameError';
}

export type FrameValue = string | number | bigint | Buffer | null;

export interface Frame {
  readonly type: number;
  /** 0 or absent where all is well. */
  readonly status?: number;
  readonly phrase?: string;
  readonly token?: string;
  readonly flag?: number;
  readonly values: Readonly<Record<string, FrameValue>>;
}

/** A number is written as one byte, a bigint as eight. */
export function encodeFrame({ type, token, values }: Pick<Frame, 'type' | 'token' | 'values'>): Buffer {
  const parts: Buffer[] = [Buffer.from([VERSION, type])];
  if (token !== undefined) parts.push(u16(HEADER.TOKEN), text(token));
  for (const [name, value] of Object.entries(values)) parts.push(u16(HEADER.CUSTOM), text(name), valueBytes(value));
  parts.push(u16(HEADER.END));
  return Buffer.concat(parts);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

function valueBytes(value: FrameValue): Buffer {
  if (value === null) return Buffer.from([FORMAT.VOID]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([FORMAT.TEXT]), text(value)]);
  if (typeof value === 'number') return Buffer.from([FORMAT.BYTE, value]);
  if (typeof value === 'bigint') {
    const bytes = Buffer.alloc(9);
    bytes.writeUInt8(FORMAT.INT64);
    bytes.writeBigInt64LE(value, 1);
    return bytes;
  }
  const head = Buffer.alloc(5);
  head.writeUInt8(FORMAT.BYTES);
  head.writeUInt32LE(value.byteLength, 1);
  return Buffer.concat([head, value]);
}

/** @throws FrameError for bytes that are no frame of this version, or are cut short */
export function decodeFrame(bytes: Buffer): Frame {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== VERSION) throw new FrameError(`The frame has version ${version}; ${VERSION} is known.`);
  const frame: { -readonly [K in keyof Frame]: Frame[K] } = { type: reader.u8(), values: {} };
  const values = new Map<string, FrameValue>();
  for (let header = reader.u16(); header !== HEADER.END; header = reader.u16()) {
    if (header === HEADER.CUSTOM) values.set(reader.text(), reader.value());
    else if (header === HEADER.STATUS) frame.status = reader.u32();
    else if (header === HEADER.PHRASE) frame.phrase = reader.text();
    else if (header === HEADER.FLAG) frame.flag = reader.u32();
    else if (header === HEADER.TOKEN) frame.token = reader.text();
    else throw new FrameError(`The frame has a header of type ${header}, which is not known.`);
  }
  return { ...frame, values: Object.fromEntries(values) };
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(length: number): number {
    const at = this.#at;
    if (length > this.#bytes.byteLength - at) throw new FrameError(`The frame is cut short at byte ${at}.`);
    this.#at += length;
    return at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  bytes(): Buffer {
    const length = this.u32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    return this.bytes().toString('utf8');
  }

  value(): FrameValue {
    const format = this.u8();
    switch (format) {
      case FORMAT.VOID:
        return null;
      case FORMAT.TEXT:
        return this.text();
      case FORMAT.BYTE:
        return this.u8();
      case FORMAT.INT16:
        return this.#bytes.readInt16LE(this.#take(2));
      case FORMAT.INT32:
        return this.#bytes.readInt32LE(this.#take(4));
      case FORMAT.INT64:
      case FORMAT.DATE:
        return this.#bytes.readBigInt64LE(this.#take(8));
      case FORMAT.BYTES:
        return this.bytes();
      default:
        throw new FrameError(`The frame has a value of format ${format}, which is not known.`);
    }
  }
}
