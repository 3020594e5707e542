import { MAX_SCAN_PAGE } from '../../functions/shared/doc-store.ts';
import { compileActive, readRules, type SweepDoc } from '../../functions/shared/identity/active-rules.ts';
import type { CompiledRules } from '../../functions/shared/identity/resolve.ts';
import { RULES_SPREAD_MS } from '../../functions/shared/identity/rules-in-force.ts';
import { profileRows } from '../../functions/shared/person/profile-rows.ts';
import { ResolveConflict } from '../../functions/stitch/resweep.ts';
import type { StitchDeps } from '../../functions/stitch/stitch.ts';
import { sweepStep } from '../../functions/stitch/sweep.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { sweepText } from './print.ts';

export interface SweepParts extends Omit<StitchDeps, 'rules'> {
  /** Rules that are in force where the store names none: those that the functions were deployed with. */
  readonly shipped: IdentityRules;
  /** Told how it goes, one line each. */
  say(line: string): void;
}

/** Steps in a row that may lose their races with events before the sweep is given up; it can be taken up again. */
const MAX_CONFLICTS = 8;
const CONFLICT_PAUSE_MS = 2_000;
const SAY_EVERY_MS = 10_000;

/** Of these phases, each must begin when nobody resolves by the rules before any more. */
const WAITS: ReadonlySet<string> = new Set(['collect', 'join']);

/**
 * Takes the sweep in order to its end, over a store that other processes write to: functions learn of rules at different
 * times, and what one of them writes by older rules behind the cursor nobody would look at again. So each phase waits first
 * until that is over; a phase that was not begun waits in full again, whoever takes it up. It may end anywhere.
 * @returns the finished sweep; undefined where none was ever in order
 * @throws SweepConflict when another runs on the same store; ResolveConflict, or whatever the store, lake or bus throws
 */
export async function runSweep(parts: SweepParts): Promise<SweepDoc | undefined> {
  const { store, shipped, clock, say } = parts;
  const waited = new Set<string>();
  let [conflicts, phase, saidAt] = [0, '', 0];
  for (;;) {
    const { doc, sweep } = await readRules(store, shipped);
    if (sweep === undefined || sweep.phase === 'done') return sweep;
    const name = `${sweep.version} ${sweep.phase}`;
    if (sweep.after === null && WAITS.has(sweep.phase) && !waited.has(name)) {
      say(`Waiting ${RULES_SPREAD_MS / 1000} s until every function has read the rules (${sweep.phase}).`);
      await parts.sleep(RULES_SPREAD_MS);
      waited.add(name);
      continue;
    }
    if (phase !== sweep.phase || clock.now() - saidAt >= SAY_EVERY_MS) {
      say(sweepText(sweep));
      [phase, saidAt] = [sweep.phase, clock.now()];
    }
    const rules = compileActive(doc);
    const onTouched = (keys: readonly string[]): Promise<void> => putProfiles(keys, rules, parts);
    try {
      await sweepStep({ ...parts, rules, onTouched }, MAX_SCAN_PAGE);
      conflicts = 0;
    } catch (error) {
      conflicts += 1;
      if (!(error instanceof ResolveConflict) || conflicts > MAX_CONFLICTS) throw error;
      await parts.sleep(CONFLICT_PAUSE_MS);
    }
  }
}

async function putProfiles(keys: readonly string[], rules: CompiledRules, parts: SweepParts): Promise<void> {
  const now = parts.clock.now();
  const rows = await profileRows(keys, { ...parts, rules, now });
  if (rows.length > 0) await parts.lake.put('profiles', rows);
}
