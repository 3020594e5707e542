import type { Encoding } from '../../schemas/import.ts';
import { asUtf8, decoderOf } from './encoding.ts';
import { MAX_ROW_BYTES } from './limits.ts';
import { type Cut, RecordCutter } from './records.ts';
import type { From, Lot, ReadRow, RowProblem } from './rows.ts';

/** Makes rows of records, one after the other; undefined for a record that is no row (a header, a comment). */
export interface RowReader {
  /** The delimiter, where quotes may hold line breaks. */
  readonly delimiter?: string;
  /** The first record only has to be read for the others to be understood, wherever reading goes on. */
  readonly headed: boolean;
  /** What each record means may hang on any before it: reading goes on from the beginning only. */
  readonly stateful: boolean;
  read(text: string, n: number): ReadRow | undefined;
}

/** A text and what is known about it. */
export interface TextPart {
  readonly encoding: Encoding;
  /** Bytes of the mark at its begin. */
  readonly mark: number;
  /** Whether `chunks` can begin anywhere. */
  readonly seekable: boolean;
  chunks(from: number): AsyncIterable<Uint8Array>;
}

/** The rows of a text, from where an earlier reading ended. @throws what `chunks` and the reader throw */
export async function* readText(part: TextPart, reader: RowReader, from: From): AsyncGenerator<Lot, void> {
  const { encoding } = part;
  const decode = decoderOf(encoding === 'gb18030' ? 'gb18030' : 'utf-8');
  const isWide = encoding === 'utf-16le' || encoding === 'utf-16be';
  const seekable = part.seekable && !isWide && !reader.stateful;
  const delimiter = reader.delimiter?.charCodeAt(0);
  const jump = seekable && from.offset !== undefined && from.offset > part.mark;
  if (jump && reader.headed) await prime(part, reader, decode);
  const offset = jump ? (from.offset ?? 0) : part.mark;
  const cutter = new RecordCutter({ delimiter, offset: isWide ? 0 : offset });
  let n = jump ? from.row : 0;
  const take = (cuts: Iterable<Cut>): Lot => {
    const rows: ReadRow[] = [];
    let next: number | undefined;
    for (const cut of cuts) {
      next = cut.next;
      const read = rowAt(cut, n + 1, { reader, decode });
      if (read === undefined) continue;
      n += 1;
      if (n > from.row) rows.push(read);
    }
    return { rows, ...(seekable && next !== undefined && { offset: next }) };
  };
  const chunks = isWide ? asUtf8(part.chunks(0), encoding) : part.chunks(offset);
  for await (const chunk of chunks) yield take(cutter.push(chunk));
  yield take(cutter.end());
}

type Decoding = { readonly reader: RowReader; decode(bytes: Buffer): string | undefined };

/** Reads the first record of a part, for what it says of all others. */
async function prime(part: TextPart, reader: RowReader, decode: Decoding['decode']): Promise<void> {
  const cutter = new RecordCutter({ delimiter: reader.delimiter?.charCodeAt(0), offset: part.mark });
  for await (const chunk of part.chunks(part.mark)) {
    for (const cut of cutter.push(chunk)) {
      if (cut.problem || cut.bytes.length === 0) continue;
      reader.read(decode(cut.bytes) ?? '', 0);
      return;
    }
  }
}

function rowAt(cut: Cut, n: number, { reader, decode }: Decoding): ReadRow | undefined {
  if (cut.problem) return { n, problem: PROBLEMS[cut.problem] };
  if (cut.bytes.length === 0) return undefined;
  const text = decode(cut.bytes);
  return text === undefined ? { n, problem: PROBLEMS.encoding } : reader.read(text, n);
}

const PROBLEMS: Readonly<Record<'row_too_large' | 'unclosed_quote' | 'encoding', RowProblem>> = {
  row_too_large: {
    reason: 'row_too_large',
    detail: `The row has more than ${MAX_ROW_BYTES} bytes, or a quote in it is never closed; its first line was passed over.`,
  },
  unclosed_quote: {
    reason: 'row_unreadable',
    detail: 'A quote is opened and never closed; the line was passed over.',
  },
  encoding: {
    reason: 'row_unreadable',
    detail: 'The row is not in the encoding of its file; name the right one with the setting encoding.',
  },
};
