import planFile from '../../schemas/plans/retail.json' with { type: 'json' };
import type { TrackingPlan } from '../../schemas/tracking-plan.ts';
import type { QualityDesk } from '../shared/quality/desk.ts';
import { loadQualityRules } from '../shared/quality/rules.ts';
import { watchQuality } from '../shared/quality/watch.ts';
import type { Clock, SqlEngine, SqlResult } from '../shared/seams.ts';

const plan = planFile as TrackingPlan;
const rules = loadQualityRules(plan);

/** Firehose takes minutes to deliver: asking more often costs money and answers the same. */
const FRESH_MS = 5 * 60_000;
const MAX_ANSWERS = 64;

/** Answers of the lake that a container remembers, so that a page that is looked at by many is not paid for by each of them. */
export class LakeAnswers {
  readonly #clock: Clock;
  readonly #answers = new Map<string, { readonly until: number; readonly answer: Promise<SqlResult> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The same engine, that asks each question once in five minutes. A failure is not kept. */
  over(engine: SqlEngine): SqlEngine {
    return {
      query: (sql, parameters = []) => {
        const key = JSON.stringify([sql, parameters]);
        const known = this.#answers.get(key);
        if (known && this.#clock.now() < known.until) return known.answer;
        const answer = engine.query(sql, parameters);
        this.#keep(key, answer);
        return answer;
      },
    };
  }

  #keep(key: string, answer: Promise<SqlResult>): void {
    const [oldest] = this.#answers.keys();
    if (this.#answers.size >= MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
    this.#answers.delete(key);
    const kept = { until: this.#clock.now() + FRESH_MS, answer };
    this.#answers.set(key, kept);
    answer.catch(() => {
      if (this.#answers.get(key) === kept) this.#answers.delete(key);
    });
  }
}

/**
 * Questions about quality on AWS: everything from Athena. Refusals and repeats are metrics there, of the deployment as a whole, so
 * that counting them costs no write; and nobody remembers since when a rule is broken but its alarm.
 */
export function athenaQuality(sql: SqlEngine, clock: Clock): QualityDesk {
  const desk = { sql, plan, rules };
  return { ...desk, alarms: () => watchQuality(desk, rules, clock.now()) };
}
