import { beginChange, readRules, type StoredRules } from '../../functions/shared/identity/active-rules.ts';
import { compileRules } from '../../functions/shared/identity/resolve.ts';
import { previewRules, type RulesPreview } from '../../functions/shared/person/preview.ts';
import type { Tokenise } from '../../functions/shared/tokens.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import { checkReason, checkSizes } from './check-change.ts';
import type { RulesState } from './desk.ts';
import type { Desk } from './desks.ts';
import { prepareRules } from './prepare.ts';
import { runSweep, type SweepParts } from './run-sweep.ts';

export interface StoreDeskParts extends SweepParts {
  readonly tokenise: Tokenise;
  readonly defaultRegion: string;
  /** Who changes rules here. */
  readonly by: string;
}

/**
 * Rules of a deployment, over the store that its functions work on: they read by themselves what is put in force here, and the
 * sweep runs in this process.
 */
export class StoreDesk implements Desk {
  readonly #parts: StoreDeskParts;

  constructor(parts: StoreDeskParts) {
    this.#parts = parts;
  }

  async state(): Promise<RulesState> {
    const { doc, sweep } = await this.#read();
    return { ...doc, sweep: sweep ?? null, failure: null };
  }

  /** Reads all evidence of the store, more than once; nothing is written. @throws IdentityRulesError */
  async diff(given: unknown): Promise<RulesPreview> {
    return await this.#preview(this.#prepared(given));
  }

  /** Puts rules in force, and a sweep in order that `done` takes to its end. @throws IdentityRulesError, RulesRefused */
  async apply(given: unknown, why: string): Promise<RulesPreview> {
    checkReason(why);
    const rules = this.#prepared(given);
    const report = await this.#preview(rules);
    checkSizes(report);
    const { store, shipped, clock, by } = this.#parts;
    await beginChange(rules, store, { by, why, at: new Date(clock.now()).toISOString(), shipped });
    return report;
  }

  /** @throws what `runSweep` throws; then it can be called again, by whomever. */
  async done(): Promise<RulesState> {
    await runSweep(this.#parts);
    return await this.state();
  }

  async close(): Promise<void> {}

  #read(): Promise<StoredRules> {
    return readRules(this.#parts.store, this.#parts.shipped);
  }

  #prepared(given: unknown): IdentityRules {
    return prepareRules(given, { token: this.#parts.tokenise, defaultRegion: this.#parts.defaultRegion });
  }

  async #preview(rules: IdentityRules): Promise<RulesPreview> {
    const { store, definitions, clock } = this.#parts;
    const before = compileRules((await this.#read()).doc.active);
    return await previewRules(store, { before, after: compileRules(rules), definitions, now: clock.now() });
  }
}
