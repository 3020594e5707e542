import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Definitions } from '../../functions/shared/definitions.ts';
import {
  beginChange,
  compileActive,
  type RulesChange,
  readRules,
  type SweepDoc,
} from '../../functions/shared/identity/active-rules.ts';
import { type CompiledRules, compileRules } from '../../functions/shared/identity/resolve.ts';
import { previewRules, type RulesPreview } from '../../functions/shared/person/preview.ts';
import type { Tokenise } from '../../functions/shared/tokens.ts';
import type { StitchDeps, StitchResult } from '../../functions/stitch/stitch.ts';
import { sweepStep } from '../../functions/stitch/sweep.ts';
import type { IdentityRules } from '../../schemas/identifier.ts';
import shipped from '../../schemas/identity-rules.json' with { type: 'json' };
import type { SqliteDocStore } from '../doc-store.ts';
import { checkReason, checkSizes } from './check-change.ts';
import { prepareRules } from './prepare.ts';

export interface DeskParts {
  readonly store: SqliteDocStore;
  /** Read by every stage; `reload` replaces what it holds. */
  readonly rules: CompiledRules;
  readonly definitions: Definitions;
  readonly tokenise: Tokenise;
  readonly defaultRegion: string;
  readonly pipeline: {
    readonly bus: StitchDeps['bus'];
    transaction<T>(work: () => Promise<T>): Promise<T>;
    settled(): Promise<void>;
    note(result: StitchResult): void;
  };
  readonly stitch: Omit<StitchDeps, 'bus'>;
}

/** What is in force, what was before, and how far a change has got. */
export interface RulesState {
  readonly active: IdentityRules;
  readonly next: IdentityRules | null;
  readonly history: readonly RulesChange[];
  readonly sweep: SweepDoc | null;
  /** Why the sweep stands still, if it does; the next start goes on. */
  readonly failure: string | null;
}

const SHIPPED = shipped as IdentityRules;

/** Documents looked at in one transaction: events wait for a few milliseconds. */
const STEP_DOCUMENTS = 50;

/** The rules in force in a data folder: one object whose content is replaced when others come into force. */
export async function liveRules(store: SqliteDocStore): Promise<CompiledRules> {
  return compileActive((await readRules(store, SHIPPED)).doc);
}

/** Where rules are looked at, tried and put in force, while events flow. */
export class RulesDesk {
  readonly #parts: DeskParts;
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #stopped = false;
  #failure: unknown;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  async state(): Promise<RulesState> {
    const { doc, sweep } = await readRules(this.#parts.store, SHIPPED);
    const failure =
      this.#failure === undefined ? null : this.#failure instanceof Error ? this.#failure.message : 'unknown';
    return { ...doc, sweep: sweep ?? null, failure };
  }

  /** What the rules would change; nothing is written. @throws IdentityRulesError */
  async diff(given: unknown): Promise<RulesPreview> {
    return await this.#preview(this.#prepared(given));
  }

  /**
   * Puts rules in force and starts the sweep, which goes on after this has answered, and after a crash.
   * @throws IdentityRulesError, RulesRefused
   */
  async apply(given: unknown, { by, why }: { by: string; why: string }): Promise<RulesPreview> {
    checkReason(why);
    const rules = this.#prepared(given);
    const report = await this.#preview(rules);
    checkSizes(report);
    const { store, pipeline, stitch } = this.#parts;
    const at = new Date(stitch.clock.now()).toISOString();
    await pipeline.transaction(async () => {
      await beginChange(rules, store, { by, why, at, shipped: SHIPPED });
      await this.#reload();
    });
    this.resume();
    return report;
  }

  /** Goes on with a sweep that a crash or a failure has left undone. */
  resume(): void {
    if (this.#busy || this.#stopped) return;
    this.#busy = true;
    this.#failure = undefined;
    this.#running = this.#sweep()
      .catch(async (error: unknown) => {
        this.#failure = error;
        // The step was rolled back: rules that it had put in force are not.
        await this.#reload();
      })
      .finally(() => {
        this.#busy = false;
      });
  }

  /** Resolves when no sweep is under way. */
  idle(): Promise<void> {
    return this.#running;
  }

  /** Stops after the step under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #sweep(): Promise<void> {
    const { pipeline, stitch } = this.#parts;
    for (let done = false; !done && !this.#stopped; ) {
      done = await pipeline.transaction(async () => {
        const step = await sweepStep({ ...stitch, bus: pipeline.bus, shipped: SHIPPED }, STEP_DOCUMENTS);
        pipeline.note({ events: [], persons: step.persons, touched: step.touched, armed: step.armed });
        if (step.activated) await this.#reload();
        return step.sweep === undefined || step.sweep.phase === 'done';
      });
      await nextTurn();
    }
  }

  async #reload(): Promise<void> {
    Object.assign(this.#parts.rules, await liveRules(this.#parts.store));
  }

  #prepared(given: unknown): IdentityRules {
    return prepareRules(given, { token: this.#parts.tokenise, defaultRegion: this.#parts.defaultRegion });
  }

  async #preview(rules: IdentityRules): Promise<RulesPreview> {
    const { store, definitions, pipeline, stitch } = this.#parts;
    await pipeline.settled();
    const before = compileRules((await readRules(store, SHIPPED)).doc.active);
    return await previewRules(store, { before, after: compileRules(rules), definitions, now: stitch.clock.now() });
  }
}
