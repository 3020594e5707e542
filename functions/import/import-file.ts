import { shortHash } from '../shared/hash.ts';
import { ImportError } from './error.ts';
import { type Inspected, inspect } from './inspect.ts';
import { LedgerConflict } from './ledger.ts';
import { newEntry } from './report.ts';
import { type ImportDeps, type ImportOrder, type ImportOutcome, Run } from './run.ts';

/**
 * Imports a file, or goes on where an earlier run ended. Each row is on the raw stream before the ledger says so, under an id that is
 * the same whenever it is read: a crash, a slice or a repeated drop gives every row once.
 * @throws what the ledger and the stream throw, for which nothing in the file is the cause
 */
export async function importFile(order: ImportOrder, deps: ImportDeps): Promise<ImportOutcome> {
  const started = new Date(deps.clock.now()).toISOString();
  const { source, file, settings } = order;
  if (source.disabled)
    return refused(
      order,
      `The source ${source.source_id} is switched off; switch it on and drop the file again.`,
      started,
    );
  let inspected: Inspected;
  try {
    inspected = await inspect(file, settings);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    return refused(order, error.message, started);
  }
  const { content } = inspected;
  const import_id = shortHash(`${source.source_id}|${content}|${settings.sheet ?? ''}`);
  const kept = deps.dryRun ? { version: 0, entry: undefined } : await deps.ledger.read(import_id);
  const known = kept.entry;
  if (known?.state === 'done') {
    const entry = { ...known, repeats: known.repeats + 1, updated_at: started };
    await deps.ledger.write(entry, kept.version);
    return { kind: 'again', entry };
  }
  const now = deps.clock.now();
  if (known?.lease && known.lease.by !== deps.worker && known.lease.until > now) return { kind: 'busy', entry: known };
  // What failed begins anew: with other settings its rows may mean something else.
  const entry = known?.state === 'running' ? known : newEntry(order, { content, import_id, started });
  const run = new Run(order, deps, { entry: { ...entry, state: 'running' }, version: kept.version });
  try {
    return await run.through(inspected.parts);
  } catch (error) {
    if (error instanceof LedgerConflict) return { kind: 'busy', entry };
    throw error;
  }
}

/** Of a file that nothing is read of, the ledger keeps nothing: dropped again, it is looked at again. */
function refused(order: ImportOrder, error: string, started: string): ImportOutcome {
  const import_id = shortHash(`${order.source.source_id}|${order.file.name}|${started}`);
  const entry = newEntry(order, { content: '', import_id, started });
  return { kind: 'failed', entry: { ...entry, state: 'failed', error: error.slice(0, 1000) } };
}
