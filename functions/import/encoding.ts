import type { Encoding } from '../../schemas/import.ts';

/** What the first bytes say, and how many of them are a mark that is no part of the text. */
export function markOf(head: Uint8Array): { encoding: Encoding; bytes: number } | undefined {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', bytes: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', bytes: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', bytes: 2 };
  if (a === 0x84 && b === 0x31 && c === 0x95 && head[3] === 0x33) return { encoding: 'gb18030', bytes: 4 };
  return undefined;
}

/** Tells, piece by piece, whether bytes are UTF-8: text of China that is not is GB18030, of which GBK is a part. */
export class Utf8Check {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #valid = true;

  push(chunk: Uint8Array): void {
    if (!this.#valid) return;
    try {
      this.#decoder.decode(chunk, { stream: true });
    } catch {
      this.#valid = false;
    }
  }

  end(): boolean {
    if (!this.#valid) return false;
    try {
      this.#decoder.decode();
      return true;
    } catch {
      return false;
    }
  }
}

/** The text of one record; undefined where its bytes are none in this encoding. */
export function decoderOf(encoding: 'utf-8' | 'gb18030'): (bytes: Buffer) => string | undefined {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  return (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
}

/** UTF-16 as UTF-8, piece by piece: records are cut by bytes that mean themselves. Half a character becomes U+FFFD. */
export async function* asUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Uint8Array, void> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
