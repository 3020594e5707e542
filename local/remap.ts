import { openRecord } from '../functions/clean/clean.ts';
import { cleanMapped, type MappingDeps } from '../functions/clean/mapped.ts';
import { encodeRaw } from '../functions/shared/raw-record.ts';
import type { SqlEngine } from '../functions/shared/seams.ts';
import type { RawHead, Source } from '../schemas/event.ts';
import type { SqliteRawStream } from './raw-stream.ts';

/** Events that one run takes; more are asked for piece by piece. */
const MAX_EVENTS = 200_000;
/** Events that are looked up in the lake at once. */
const LOT = 200;

export interface RemapRequest {
  readonly source_id: string;
  /** When it came, epoch ms: from, and before. */
  readonly since: number;
  readonly until: number;
  readonly dryRun: boolean;
}

/** What mapping anew came to, in events as they were sent. */
export interface RemapReport {
  readonly looked: number;
  /** In already, under this version of the mapping or another: they stay as they are. */
  readonly taken_in: number;
  /** Fed in now; in a dry run, those that would be. */
  readonly fed: number;
  /** The mapping drops them, still. */
  readonly dropped: number;
  /** They cannot be mapped or cleaned, still. */
  readonly failing: number;
}

/** More events than one run takes. */
export class TooManyEvents extends Error {
  override name = 'TooManyEvents';
  constructor(most: number) {
    super(`The source sent more than ${most} events in that time; narrow it with since and until.`);
  }
}

interface Candidate {
  readonly record: Buffer;
  readonly ids: readonly string[];
}

export interface RemapDeps {
  readonly raw: Pick<SqliteRawStream, 'newest' | 'put'>;
  readonly sql: SqlEngine;
  readonly cleaning: MappingDeps;
  source(id: string): Source | undefined;
  newId(): string;
}

/**
 * Runs the mapping that a source has now over what it sent before, from the raw stream. What never became an event (dropped, or never
 * mappable) is fed in with the time at which it first came; what did become one stays as it is, since its profile has counted it.
 * @throws Error where there is no such source
 */
export async function remap(asked: RemapRequest, deps: RemapDeps): Promise<RemapReport> {
  const source = deps.source(asked.source_id);
  if (source === undefined) throw new Error(`There is no source "${asked.source_id}".`);
  const report = { looked: 0, taken_in: 0, fed: 0, dropped: 0, failing: 0 };
  let lot: Candidate[] = [];
  const settle = async (): Promise<void> => {
    const known = await knownOf(lot, asked.source_id, deps.sql);
    for (const { record, ids } of lot) {
      if (ids.some((id) => known.has(id))) report.taken_in += 1;
      else {
        report.fed += 1;
        if (!asked.dryRun) await deps.raw.put(record);
      }
    }
    lot = [];
  };
  for (const { record, outcome } of await itemsOf(asked, source, deps)) {
    report.looked += 1;
    const result = await outcome();
    if (result.events.length > 0) lot.push({ record, ids: result.events.map(({ event_id }) => event_id) });
    else if (result.dropped) report.dropped += 1;
    else report.failing += 1;
    if (lot.length === LOT) await settle();
  }
  await settle();
  return report;
}

/** Each event that the source sent in that time, oldest first, as a record of its own. */
async function itemsOf({ source_id, since, until }: RemapRequest, source: Source, { raw, cleaning }: RemapDeps) {
  const found: { record: Buffer; outcome: () => ReturnType<typeof cleanMapped> }[] = [];
  for (const bytes of raw.newest()) {
    const opened = openRecord(bytes, cleaning);
    if (!('items' in opened) || opened.head.source.source_id !== source_id) continue;
    const at = Date.parse(opened.head.received_at);
    if (at >= until || at < since) continue;
    for (const { whole, index } of [...opened.items].reverse()) {
      const record = recordOf(opened.head, source, { whole, index });
      found.push({ record, outcome: () => cleanMapped(record, cleaning) });
    }
    if (found.length > MAX_EVENTS) throw new TooManyEvents(MAX_EVENTS);
  }
  return found.reverse();
}

/** The event alone, as it was decoded, when it came: the same every time, so that feeding it twice is once. */
function recordOf(head: RawHead, source: Source, { whole, index }: { whole: unknown; index: number }): Buffer {
  const { received_at, ip, user_agent } = head;
  const own = {
    v: 1 as const,
    protocol: 'segment',
    route: 'batch',
    source,
    request_id: `${head.request_id}.${index}`.slice(0, 100),
    received_at,
    ...(ip !== undefined && { ip }),
    ...(user_agent !== undefined && { user_agent }),
  };
  return encodeRaw(own, Buffer.from(JSON.stringify({ batch: [whole] })));
}

async function knownOf(lot: readonly Candidate[], source_id: string, sql: SqlEngine): Promise<ReadonlySet<string>> {
  const ids = [...new Set(lot.flatMap((candidate) => candidate.ids))];
  if (ids.length === 0) return new Set();
  const marks = ids.map(() => '?').join(', ');
  const { rows } = await sql.query(`SELECT event_id FROM events WHERE source_id = ? AND event_id IN (${marks})`, [
    source_id,
    ...ids,
  ]);
  return new Set(rows.map(([id]) => String(id)));
}
