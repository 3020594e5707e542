import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { ImportError } from './error.ts';
import type { FileBytes } from './file-bytes.ts';
import { MAX_ARCHIVE_FILES } from './limits.ts';

/** A file inside an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
  /** @throws Error where the archive is damaged */
  open(): Promise<AsyncIterable<Uint8Array>>;
}

class BytesReader extends yauzl.RandomAccessReader {
  readonly #file: FileBytes;
  constructor(file: FileBytes) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#file.stream(start, end));
  }
}

const gb18030 = new TextDecoder('gb18030');

/** Archives made on Chinese Windows name their files in GBK and do not say so. */
const nameOf = (raw: Buffer | string): string =>
  typeof raw === 'string' ? raw : isUtf8(raw) ? raw.toString('utf8') : gb18030.decode(raw);

/** What archivers leave beside the files themselves. */
const isLitter = (name: string): boolean => name.endsWith('/') || /(?:^|\/)(?:__MACOSX\/|\.|Thumbs\.db$)/.test(name);

/**
 * The files of an archive, in the order of its directory.
 * @throws ImportError for one that is damaged or encrypted, or holds too many files
 */
export async function zipEntries(file: FileBytes): Promise<ZipEntry[]> {
  const zip = await openZip(file);
  const entries: ZipEntry[] = [];
  await new Promise<void>((resolve, reject) => {
    zip.on('error', (error: Error) => reject(damaged(error)));
    zip.on('end', resolve);
    zip.on('entry', (entry: yauzl.Entry) => {
      const name = nameOf(entry.fileName);
      if (entry.isEncrypted())
        return reject(new ImportError('The archive is encrypted; unpack it and drop what is in it.'));
      if (!isLitter(name)) entries.push({ ...sizesOf(entry), name, open: () => openEntry(zip, entry) });
      if (entries.length > MAX_ARCHIVE_FILES)
        return reject(new ImportError(`The archive holds more than ${MAX_ARCHIVE_FILES} files; drop them in several.`));
      zip.readEntry();
    });
    zip.readEntry();
  });
  return entries;
}

const sizesOf = (entry: yauzl.Entry) => ({
  packedBytes: entry.compressedSize,
  bytes: entry.uncompressedSize,
  crc32: entry.crc32,
});

const damaged = (error: Error): ImportError =>
  new ImportError(`The archive cannot be read: ${error.message}. Pack it again.`, { cause: error });

const openZip = (file: FileBytes): Promise<yauzl.ZipFile> =>
  new Promise((resolve, reject) => {
    const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: true, autoClose: false } as const;
    yauzl.fromRandomAccessReader(new BytesReader(file), file.size, options, (error, zip) =>
      error ? reject(damaged(error)) : resolve(zip),
    );
  });

const openEntry = (zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<AsyncIterable<Uint8Array>> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(damaged(error)) : resolve(stream)));
  });
