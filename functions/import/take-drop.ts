import type { Source } from '../../schemas/event.ts';
import type { ImportEntry } from '../../schemas/import.ts';
import { type Dropped, settingsOf } from './dropped.ts';
import { importFile } from './import-file.ts';
import { LANDING_PREFIXES, type LandingBucket } from './landing-bucket.ts';
import { accepted } from './report.ts';
import type { ImportDeps, ImportOutcome } from './run.ts';

export interface DropDeps {
  readonly landing: Pick<LandingBucket, 'file' | 'text' | 'put'>;
  readonly maxFileBytes: number;
  readonly importing: ImportDeps;
  sourceById(id: string): Promise<Source | undefined>;
}

/** What became of a drop; `gone` where the object is not there any more. */
export type Taken = ImportOutcome['kind'] | 'gone' | 'refused';

/**
 * Imports a dropped object for as long as there is time, and writes a report when it is through.
 * @throws what S3, the ledger and the stream throw
 */
export async function takeDrop(drop: Dropped, deps: DropDeps): Promise<Taken> {
  const { landing } = deps;
  const file = await landing.file(drop.key);
  if (!file) return 'gone';
  const refuse = async (error: string): Promise<'refused'> => {
    await landing.put(reportKey(drop), JSON.stringify({ outcome: 'failed', file: drop.name, error }, null, 2));
    return 'refused';
  };
  const source = await deps.sourceById(drop.source_id);
  if (!source)
    return refuse(`There is no source "${drop.source_id}"; make it, or drop the file into the folder of another.`);
  if (file.size > deps.maxFileBytes)
    return refuse(`The file has ${file.size} bytes; at most ${deps.maxFileBytes} are taken. Divide it.`);
  const settings = settingsOf(await landing.text(`${LANDING_PREFIXES.settings}${drop.source_id}.json`));
  if (typeof settings === 'string') return refuse(settings);
  const outcome = await importFile({ file, source, settings }, deps.importing);
  if (outcome.kind !== 'paused' && outcome.kind !== 'busy') await landing.put(reportKey(drop), reportText(outcome));
  return outcome.kind;
}

const reportKey = ({ key }: Dropped): string =>
  `${LANDING_PREFIXES.reports}${key.slice(LANDING_PREFIXES.incoming.length)}.json`;

function reportText({ kind, entry }: ImportOutcome): string {
  const { position: _, schema: _schema, lease: _lease, content_hash: _hash, ...told }: ImportEntry = entry;
  return JSON.stringify(
    { outcome: kind === 'again' ? 'imported_before' : kind, rows_accepted: accepted(entry), ...told },
    null,
    2,
  );
}
