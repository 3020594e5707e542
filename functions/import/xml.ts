import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { ImportError } from './error.ts';

/** Of one text or tag: Excel allows 32,767 characters in a cell. The parser keeps what it has not understood yet. */
const MAX_TOKEN_BYTES = 2 * 1024 * 1024;
const LESS_THAN = 0x3c;

export interface XmlEvents {
  open?(tag: SaxesTagPlain): void;
  text?(text: string): void;
  close?(name: string): void;
}

/**
 * Reads XML piece by piece, calling back, and yields after each piece. Names come without their prefix. Entities of a document's own are
 * not known, so none can grow.
 * @throws ImportError where it is no XML
 */
export async function* readXml(chunks: AsyncIterable<Uint8Array>, events: XmlEvents): AsyncGenerator<void, void> {
  const parser = new SaxesParser();
  const decoder = new TextDecoder('utf-8');
  parser.on('error', (error) => {
    throw new ImportError(`The workbook cannot be read: ${error.message.slice(0, 200)}. Save it again.`);
  });
  parser.on('opentag', (tag) => events.open?.({ ...tag, name: bare(tag.name) }));
  parser.on('closetag', (tag) => events.close?.(bare(tag.name)));
  if (events.text) parser.on('text', (text) => events.text?.(text));
  let unfinished = 0;
  for await (const chunk of chunks) {
    const last = chunk.lastIndexOf(LESS_THAN);
    unfinished = last < 0 ? unfinished + chunk.byteLength : chunk.byteLength - last;
    if (unfinished > MAX_TOKEN_BYTES) throw new ImportError('A cell of the workbook is too large.');
    parser.write(decoder.decode(chunk, { stream: true }));
    yield;
  }
  parser.write(decoder.decode());
  parser.close();
}

const bare = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Reads XML to its end. @throws ImportError */
export async function wholeXml(chunks: AsyncIterable<Uint8Array>, events: XmlEvents): Promise<void> {
  for await (const _ of readXml(chunks, events));
}
