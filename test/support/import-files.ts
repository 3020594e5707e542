import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import type { FileBytes } from '../../functions/import/file-bytes.ts';
import { inspect } from '../../functions/import/inspect.ts';
import type { ReadRow } from '../../functions/import/rows.ts';
import type { ImportSettings } from '../../schemas/import.ts';

/** A file in memory, read in pieces of `pieceBytes`. */
export function memoryFile(name: string, bytes: Uint8Array, pieceBytes = 64 * 1024): FileBytes {
  return {
    name,
    size: bytes.byteLength,
    read: async (offset, length) => Buffer.from(bytes.subarray(offset, offset + length)),
    async *stream(from = 0, to = bytes.byteLength) {
      for (let at = from; at < to; at += pieceBytes) yield bytes.subarray(at, Math.min(to, at + pieceBytes));
    },
  };
}

/** All rows of all parts of a file, with the format and the name of each part. */
export async function rowsOf(
  file: FileBytes,
  settings: ImportSettings = {},
): Promise<{ name: string; format: string; rows: ReadRow[] }[]> {
  const { parts } = await inspect(file, settings);
  const read = [];
  for (const { name, format, rows } of parts) {
    const all: ReadRow[] = [];
    for await (const lot of rows({ row: 0 })) all.push(...lot.rows);
    read.push({ name, format, rows: all });
  }
  return read;
}

/** An archive of files by name. */
export async function zipOf(files: Readonly<Record<string, string | Buffer>>, compress = true): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, { compress });
  zip.end();
  return await buffer(zip.outputStream);
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>';
const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';

/** A workbook of sheets by name, each the XML of its rows; style 1 is a date, style 2 a date of one's own with time. */
export function xlsxOf(sheets: Readonly<Record<string, string>>, texts: readonly string[] = []): Promise<Buffer> {
  const names = Object.keys(sheets);
  const files: Record<string, string> = {
    'xl/workbook.xml': `${XML}<workbook ${MAIN} xmlns:r="http://r"><sheets>${names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${XML}<Relationships>${names.map((_, i) => `<Relationship Id="rId${i + 1}" Target="worksheets/sheet${i + 1}.xml"/>`).join('')}</Relationships>`,
    'xl/styles.xml': `${XML}<styleSheet ${MAIN}><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot; hh:mm"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>`,
    'xl/sharedStrings.xml': `${XML}<sst ${MAIN}>${texts.map((text) => `<si><t>${text}</t></si>`).join('')}</sst>`,
  };
  names.forEach((name, i) => {
    files[`xl/worksheets/sheet${i + 1}.xml`] =
      `${XML}<worksheet ${MAIN}><sheetData>${sheets[name]}</sheetData></worksheet>`;
  });
  return zipOf(files);
}
