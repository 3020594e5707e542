import { Compile } from 'typebox/compile';
import { QuarantinedEvent, type Source } from '../../schemas/event.ts';
import { placeText } from './protocols/place.ts';
import { GROUP_SQL, type QuarantineGroup } from './quarantine-groups.ts';
import { decodeRaw, encodeOriginal, foldOriginal, replayRecord } from './raw-record.ts';
import { type Attempt, Attempts, type TriedReport } from './replay-attempts.ts';
import type { SqlEngine } from './seams.ts';

/**
 * Which open entries of the quarantine to feed in again; all of them where nothing is said. `field` and `shape` are those of a
 * group: without places in lists and values.
 */
export interface ReplayFilter extends Partial<QuarantineGroup> {
  /** When they were first seen, ISO 8601 UTC: from, and before. */
  readonly since?: string;
  readonly until?: string;
}

/** What a replay did. */
export interface ReplayReport {
  /** Quarantined events that matched. */
  readonly matched: number;
  /** Events fed in again; in a dry run, those that would be. */
  readonly fed: number;
  /** Those fed, by reason. */
  readonly by: Readonly<Record<string, number>>;
  /** Events that cannot be fed in again, by reason. */
  readonly left: Readonly<Record<string, number>>;
  /** In a dry run, where the code that cleans is at hand. */
  readonly tried?: TriedReport;
}

export interface ReplayContext {
  readonly sql: SqlEngine;
  /** The source as it is configured now. */
  source(id: string): Source | undefined;
  /** Puts raw records on the raw stream; resolves once they are durable. */
  putRaw(records: readonly Uint8Array[]): Promise<void>;
  /** Takes clean events that stitch had to set aside, where there is a stream that they can be put on again. */
  putClean?(items: readonly QuarantinedEvent[]): Promise<void>;
  /** Cleans a raw record, for what it says only. */
  attempt?(record: Uint8Array): Attempt;
  /** Entries read at once. */
  readonly page: number;
}

const validator = Compile(QuarantinedEvent);
const FIELDS = QuarantinedEvent.properties;

/**
 * Feeds open entries of the quarantine in by way of the raw stream like all else, in pages by id: it may be broken off and run
 * again. What fails again stays in quarantine under the same id. Entries of stage `stitch` were applied or are conflicts and are
 * left, but for those that stitch set aside for a defect.
 */
export async function feedQuarantined(
  context: ReplayContext,
  { filter, dryRun }: { filter: ReplayFilter; dryRun: boolean },
): Promise<ReplayReport> {
  const by: Record<string, number> = {};
  const left: Record<string, number> = {};
  const attempts = dryRun && context.attempt ? new Attempts(context.attempt) : undefined;
  let matched = 0;
  let fed = 0;
  let after = '';
  for (;;) {
    const page = await readPage(context, filter, after);
    const raw: Uint8Array[] = [];
    const clean: QuarantinedEvent[] = [];
    for (const item of page) {
      matched += 1;
      const source = item.stage === 'stitch' ? undefined : context.source(item.source_id);
      const isSetAside = item.stage === 'stitch' && item.reason === 'internal_error' && item.route === 'clean';
      if (source) raw.push(replayRecord(item, source));
      else if (isSetAside && context.putClean) clean.push(item);
      else {
        left[item.reason] = (left[item.reason] ?? 0) + 1;
        continue;
      }
      by[item.reason] = (by[item.reason] ?? 0) + 1;
    }
    if (dryRun) for (const record of raw) attempts?.take(record);
    if (!dryRun && raw.length > 0) await context.putRaw(raw);
    if (!dryRun && clean.length > 0) await context.putClean?.(clean);
    fed += raw.length + clean.length;
    after = page.at(-1)?.quarantine_id ?? '';
    if (page.length < context.page) return { matched, fed, by, left, ...(attempts && { tried: attempts.report() }) };
  }
}

/** As SQL of Trino and of DuckDB both take an instant. */
const instant = (iso: string): string => new Date(iso).toISOString().replace('T', ' ').replace('Z', '');

async function readPage(
  { sql, page }: ReplayContext,
  filter: ReplayFilter,
  after: string,
): Promise<QuarantinedEvent[]> {
  const { since, until } = filter;
  const groups = Object.entries(GROUP_SQL) as [keyof QuarantineGroup, string][]; // the keys of a constant
  const where: [condition: string, value: string | undefined][] = [
    ['quarantine_id > ?', after],
    ...groups.map(([name, sql]): [string, string | undefined] => [`${sql} = ?`, filter[name]]),
    ['first_seen >= CAST(? AS timestamp)', since && instant(since)],
    ['first_seen < CAST(? AS timestamp)', until && instant(until)],
  ];
  const asked = where.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const { columns, rows } = await sql.query(
    `SELECT * FROM quarantine WHERE status = 'open' AND ${asked.map(({ condition }) => condition).join(' AND ')}
      ORDER BY quarantine_id LIMIT ${page}`,
    asked.map(({ value }) => value),
  );
  return rows.map((row) => {
    const cells = columns.map((name, index) => [name, row[index]] as const);
    const item: unknown = Object.fromEntries(cells.filter(([name, cell]) => name in FIELDS && cell !== null));
    if (validator.Check(item)) return item;
    throw new Error('A quarantine entry of the lake is not as its contract says; restore the lake from a backup.');
  });
}

const MARK = Buffer.from('"replay_of"');
const NEWLINE = 0x0a;

/** The entry that a raw record replays, if it is a replay: once all of it is clean, the entry is closed. */
export function replayedEntry(record: Uint8Array): QuarantinedEvent | undefined {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  if (!bytes.subarray(0, Math.max(bytes.indexOf(NEWLINE), 0)).includes(MARK)) return undefined;
  const { head, body } = decodeRaw(record);
  if (head.replay_of === undefined || head.replay === undefined) return undefined;
  return {
    quarantine_id: head.replay_of,
    source_id: head.source.source_id,
    ...head.replay,
    first_seen: head.received_at,
    route: placeText({ ...head, params: head.params ?? {} }),
    original: foldOriginal(encodeOriginal(body)),
  };
}
