import { ImportError } from './error.ts';
import { guardUnpacked } from './file-bytes.ts';
import { MAX_SHARED_CHARS } from './limits.ts';
import { wholeXml } from './xml.ts';
import type { ZipEntry } from './zip.ts';

/** What the cells of a workbook refer to. */
export interface Book {
  readonly sheets: readonly { readonly name: string; readonly entry: ZipEntry }[];
  readonly texts: readonly string[];
  /** Of each style, whether its numbers are dates, times or both. */
  readonly styles: readonly DateStyle[];
  /** The first day is in 1904, as on the first Macintoshes. */
  readonly from1904: boolean;
}

export type DateStyle = 'date' | 'time' | undefined;

/** Formats that Excel numbers and does not write down; 27 to 36 and 50 to 58 are those of East Asia. */
const BUILT_IN_DATES: readonly (readonly [from: number, to: number, DateStyle])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'date'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 47, 'time'],
  [50, 54, 'date'],
  [55, 56, 'time'],
  [57, 58, 'date'],
];

/** Longest format that Excel writes; a much longer one of nothing but brackets would be read anew from each of them. */
const MAX_FORMAT_CHARS = 255;

/** Whether a format shows a date, by its letters outside quotes, brackets and escapes. */
export function dateStyleOf(format: string): DateStyle {
  const letters = format
    .slice(0, MAX_FORMAT_CHARS)
    .replace(/"[^"]*"|\[[^\]]*\]|\\.|_./g, '')
    .toLowerCase();
  if (/[yd]/.test(letters)) return 'date';
  return /[hs]/.test(letters) ? 'time' : undefined;
}

const builtIn = (id: number): DateStyle => BUILT_IN_DATES.find(([from, to]) => id >= from && id <= to)?.[2];

const open = async (entry: ZipEntry): Promise<AsyncIterable<Uint8Array>> =>
  guardUnpacked(await entry.open(), entry.packedBytes);

/** Reads all of a workbook but its sheets. @throws ImportError */
export async function readBook(entries: readonly ZipEntry[]): Promise<Book> {
  const find = (path: string): ZipEntry | undefined => entries.find(({ name }) => name === path);
  const book = find('xl/workbook.xml');
  if (!book) throw new ImportError('The workbook has no list of its sheets. Save it again.');
  const targets = await relations(find('xl/_rels/workbook.xml.rels'));
  const found: { name: string; id: string }[] = [];
  let from1904 = false;
  await wholeXml(await open(book), {
    open({ name, attributes }) {
      if (name === 'sheet' && attributes.state !== 'veryHidden' && attributes.state !== 'hidden')
        found.push({ name: attributes.name ?? '', id: attributes['r:id'] ?? '' });
      if (name === 'workbookPr') from1904 = ['1', 'true'].includes(attributes.date1904 ?? '');
    },
  });
  const sheets = found.flatMap(({ name, id }) => {
    const entry = find(targets.get(id) ?? '');
    return entry ? [{ name, entry }] : [];
  });
  return {
    sheets,
    from1904,
    texts: await sharedTexts(find('xl/sharedStrings.xml')),
    styles: await stylesOf(find('xl/styles.xml')),
  };
}

async function relations(entry: ZipEntry | undefined): Promise<Map<string, string>> {
  const targets = new Map<string, string>();
  if (!entry) return targets;
  await wholeXml(await open(entry), {
    open({ name, attributes }) {
      const target = attributes.Target ?? '';
      if (name === 'Relationship')
        targets.set(attributes.Id ?? '', target.startsWith('/') ? target.slice(1) : `xl/${target}`);
    },
  });
  return targets;
}

/** The texts that cells share. Phonetic guides beside Japanese texts are no part of them. */
async function sharedTexts(entry: ZipEntry | undefined): Promise<string[]> {
  const texts: string[] = [];
  if (!entry) return texts;
  let text = '';
  let inside = false;
  let phonetic = false;
  let chars = 0;
  await wholeXml(await open(entry), {
    open({ name }) {
      if (name === 'si') text = '';
      if (name === 'rPh') phonetic = true;
      inside = name === 't' && !phonetic;
    },
    text(piece) {
      if (inside) text += piece;
    },
    close(name) {
      if (name === 't') inside = false;
      if (name === 'rPh') phonetic = false;
      if (name !== 'si') return;
      chars += text.length;
      if (chars > MAX_SHARED_CHARS)
        throw new ImportError(
          `The workbook's texts come to more than ${MAX_SHARED_CHARS} characters. Save its sheets as CSV.`,
        );
      texts.push(text);
    },
  });
  return texts;
}

async function stylesOf(entry: ZipEntry | undefined): Promise<DateStyle[]> {
  const styles: DateStyle[] = [];
  if (!entry) return styles;
  const formats = new Map<string, string>();
  let inside = false;
  await wholeXml(await open(entry), {
    open({ name, attributes }) {
      if (name === 'numFmt') formats.set(attributes.numFmtId ?? '', attributes.formatCode ?? '');
      if (name === 'cellXfs') inside = true;
      if (name !== 'xf' || !inside) return;
      const id = attributes.numFmtId ?? '0';
      const own = formats.get(id);
      styles.push(own === undefined ? builtIn(Number(id)) : dateStyleOf(own));
    },
    close(name) {
      if (name === 'cellXfs') inside = false;
    },
  });
  return styles;
}
