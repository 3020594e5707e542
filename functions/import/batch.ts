import type { RawHead, Source } from '../../schemas/event.ts';
import type { ImportSettings, RowFormat } from '../../schemas/import.ts';
import type { JsonObject } from '../shared/json.ts';
import { encodeRaw } from '../shared/raw-record.ts';
import { MAX_BATCH_BYTES, MAX_BATCH_ROWS, MAX_ROW_BYTES } from './limits.ts';
import { named, withoutCookies } from './log-identity.ts';
import type { ReadRow, RowProblem } from './rows.ts';

/** What all raw records of one table have in common. */
export interface BatchHead {
  readonly import_id: string;
  readonly source: Source;
  readonly file: string;
  readonly part: string;
  readonly content: string;
  readonly format: RowFormat | 'database';
  readonly settings: ImportSettings;
}

/** A raw record of some rows. */
export interface Batch {
  readonly record: Buffer;
  /** The numbers of its rows, in the order of the events that they become. */
  readonly numbers: readonly number[];
}

const LOGS: ReadonlySet<string> = new Set(['nginx', 'nginx_json', 'w3c', 'alb']);
/** A row as JSON: its text may need escapes. */
const MAX_ROW_JSON_BYTES = 2 * MAX_ROW_BYTES;

/** Makes raw records of rows. The same rows give the same records but for the time of arrival. */
export class Batcher {
  readonly #head: BatchHead;
  /** Lines of an access log that named nobody and were passed over. */
  skipped = 0;

  constructor(head: BatchHead) {
    this.#head = head;
  }

  *batches(rows: readonly ReadRow[], receivedAt: string): Generator<Batch, void> {
    let pieces: string[] = [];
    let numbers: number[] = [];
    let bytes = 0;
    for (const read of rows) {
      const piece = this.#piece(read);
      if (piece === undefined) continue;
      if (typeof piece !== 'string') {
        yield this.#batch(JSON.stringify(piece), [read.n], receivedAt);
        continue;
      }
      const size = Buffer.byteLength(piece) + 1;
      if (pieces.length > 0 && (bytes + size > MAX_BATCH_BYTES || pieces.length >= MAX_BATCH_ROWS)) {
        yield this.#batch(`[${pieces.join(',')}]`, numbers, receivedAt);
        [pieces, numbers, bytes] = [[], [], 0];
      }
      pieces.push(piece);
      numbers.push(read.n);
      bytes += size;
    }
    if (pieces.length > 0) yield this.#batch(`[${pieces.join(',')}]`, numbers, receivedAt);
  }

  /** A row as JSON; a body of its own for one that could not be read; undefined for one that is passed over. */
  #piece(read: ReadRow): string | { n: number; content: string; problem: RowProblem } | undefined {
    const { content } = this.#head;
    if (read.problem) return { n: read.n, content, problem: read.problem };
    const row = this.#whose(read.row);
    if (row === undefined) {
      this.skipped += 1;
      return undefined;
    }
    const text = writeOut({ n: read.n, row });
    if (text !== undefined && text.length <= MAX_ROW_JSON_BYTES) return text;
    return { n: read.n, content, problem: text === undefined ? TOO_DEEP : TOO_LARGE };
  }

  #whose(row: JsonObject): JsonObject | undefined {
    const { format, settings } = this.#head;
    if (!LOGS.has(format)) return row;
    return named(row, settings.identity) ?? (settings.nobody === 'quarantine' ? withoutCookies(row) : undefined);
  }

  #batch(body: string, numbers: readonly number[], receivedAt: string): Batch {
    const { import_id, source, file, part, content, format, settings } = this.#head;
    const head: RawHead = {
      v: 1,
      protocol: 'rows',
      route: 'rows',
      source,
      request_id: `${import_id}:${content.slice(0, 8)}:${numbers[0] ?? 0}`,
      received_at: receivedAt,
      params: {
        content,
        format,
        file,
        ...(part !== '' && { part: part.slice(0, 300) }),
        ...(settings.event !== undefined && { event: settings.event }),
        ...(settings.key && { key: JSON.stringify(settings.key) }),
        ...(settings.time_zone !== undefined && { zone: settings.time_zone }),
      },
    };
    return { record: encodeRaw(head, Buffer.from(body)), numbers };
  }
}

const TOO_DEEP: RowProblem = { reason: 'row_unreadable', detail: 'The row is nested too deep to be written out.' };
const TOO_LARGE: RowProblem = {
  reason: 'row_too_large',
  detail: `The row has more than ${MAX_ROW_JSON_BYTES} bytes as JSON.`,
};

function writeOut(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
