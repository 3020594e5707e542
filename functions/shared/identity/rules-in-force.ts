import type { IdentityRules } from '../../../schemas/identifier.ts';
import type { DocStore } from '../doc-store.ts';
import type { Clock } from '../seams.ts';
import { TOPOLOGY } from '../topology.ts';
import { compileActive, RULES_KEY, type RulesDoc } from './active-rules.ts';
import type { CompiledRules } from './rules.ts';

export interface RulesInForceOptions {
  readonly store: Pick<DocStore, 'get'>;
  /** What is in force where the store names no rules. */
  readonly shipped: IdentityRules;
  readonly clock: Clock;
  /** Told of each failure to read the rules. */
  readonly onFault: (error: unknown) => void;
  /** Rules that could not be read anew for longer are refused; without it, the last known hold until others are read. */
  readonly trustSeconds?: number;
}

/** Known rules are read anew at this age. */
const CACHE_MS = TOPOLOGY.limits.identity_rules_cache_seconds * 1000;
/** After a failure the store is left alone for as long. */
const RETRY_MS = 5_000;

/** The rules that a container knows are older than it may resolve by; the work may be done again without harm. */
export class RulesTooOld extends Error {
  override name = 'RulesTooOld';
}

interface Known {
  readonly rules: CompiledRules;
  /** Of the stored document; 0 where there is none. */
  readonly version: number;
  /** Epoch ms at which the read began: a change that was committed before is in it. */
  readonly readAt: number;
}

/**
 * The rules in force, as one container knows them: one small, strongly consistent read at first use and again every
 * `identity_rules_cache_seconds`. Containers swap at different times, so whoever writes persons sets `trustSeconds`: then
 * a change of rules is known everywhere after it, and what was begun before has ended one timeout later.
 */
export class RulesInForce {
  readonly #options: RulesInForceOptions;
  #known: Known | undefined;
  #readAgainAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #fault: unknown;

  constructor(options: RulesInForceOptions) {
    this.#options = options;
  }

  /**
   * Rules to use for one request or batch.
   * @throws RulesTooOld when the store did not answer for `trustSeconds`; what the store throws, or IdentityRulesError, when no
   *   rules were ever read: those that ship with the function may have been replaced long ago.
   */
  async get(): Promise<CompiledRules> {
    if (this.#options.clock.now() >= this.#readAgainAt) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined;
      });
      await this.#reading;
    }
    const { clock, trustSeconds = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#known === undefined) throw this.#fault;
    if (clock.now() - this.#known.readAt <= trustSeconds * 1000) return this.#known.rules;
    throw new RulesTooOld(`The identity rules could not be read for more than ${trustSeconds} s. Try again.`, {
      cause: this.#fault,
    });
  }

  async #read(): Promise<void> {
    const { store, shipped, clock, onFault } = this.#options;
    const readAt = clock.now();
    try {
      const found = (await store.get([RULES_KEY])).get(RULES_KEY);
      const version = found?.version ?? 0;
      const doc = (found?.body as RulesDoc | undefined) ?? { active: shipped, next: null, history: [] };
      const rules = this.#known?.version === version ? this.#known.rules : compileActive(doc);
      this.#known = { rules, version, readAt };
      this.#readAgainAt = readAt + CACHE_MS;
    } catch (error) {
      this.#fault = error;
      this.#readAgainAt = clock.now() + RETRY_MS;
      onFault(error);
    }
  }
}

/** The rules in force of a function on AWS. A fault in the log has the name of its error and nothing of the rules. */
export const rulesInForce = (given: Pick<RulesInForceOptions, 'store' | 'shipped' | 'trustSeconds'>): RulesInForce =>
  new RulesInForce({
    ...given,
    clock: { now: Date.now },
    onFault: (error) =>
      console.error({ fault: 'identity rules not read', error: error instanceof Error ? error.name : 'unknown' }),
  });

/**
 * How long rules that were just stored may still be unknown to somebody who writes persons, ms: a batch may have begun with
 * what was read `identity_rules_trust_seconds` before, and runs at most until its function times out.
 */
export const RULES_SPREAD_MS =
  (TOPOLOGY.limits.identity_rules_trust_seconds + TOPOLOGY.limits.stitch_timeout_seconds + 10) * 1000;
