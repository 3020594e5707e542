import type { DatabaseSync } from 'node:sqlite';
import type { QualityDesk } from '../functions/shared/quality/desk.ts';
import { loadQualityRules } from '../functions/shared/quality/rules.ts';
import { watchQuality } from '../functions/shared/quality/watch.ts';
import type { Clock, SqlEngine } from '../functions/shared/seams.ts';
import shippedPlan from '../schemas/plans/retail.json' with { type: 'json' };
import type { QualityRules } from '../schemas/quality.ts';
import type { QualityAlarm } from '../schemas/quality-report.ts';
import type { TrackingPlan } from '../schemas/tracking-plan.ts';
import type { Counters } from './state.ts';

/** Nobody looks more often; figures of whole hours hardly move. */
const LOOK_EVERY_MS = 60_000;

export interface QualityDeskParts {
  readonly db: DatabaseSync;
  readonly pipeline: {
    /** Brings everything acknowledged so far into the lake and the counts. */
    materialise(): Promise<void>;
    transaction<T>(work: () => Promise<T>): Promise<T>;
  };
  readonly sql: SqlEngine;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly plan: TrackingPlan | undefined;
  /** Those that ship unless given. */
  readonly quality_rules?: QualityRules | undefined;
  /** Told once when a rule becomes broken; standard error unless given. */
  log?(line: string): unknown;
}

const keyOf = ({ rule, source_id, event }: QualityAlarm): string => JSON.stringify([rule, source_id, event]);

/** Questions about quality in the embedded binding: the lake, the counts beside it, and since when which rule is broken. */
export class EmbeddedQuality implements QualityDesk {
  readonly sql: SqlEngine;
  readonly plan: TrackingPlan;
  readonly rules: QualityRules;
  readonly #parts: QualityDeskParts;
  #known: { readonly at: number; readonly alarms: Promise<readonly QualityAlarm[]> } | undefined;

  constructor(parts: QualityDeskParts) {
    this.#parts = parts;
    this.sql = parts.sql;
    this.plan = parts.plan ?? (shippedPlan as TrackingPlan);
    this.rules = parts.quality_rules ?? loadQualityRules(this.plan);
  }

  readonly outside: NonNullable<QualityDesk['outside']> = async (spans) => {
    await this.#parts.pipeline.materialise();
    return this.#parts.counters.quality.read(spans);
  };

  alarms(): Promise<readonly QualityAlarm[]> {
    const now = this.#parts.clock.now();
    if (this.#known && now - this.#known.at < LOOK_EVERY_MS) return this.#known.alarms;
    const alarms = this.#look(now);
    this.#known = { at: now, alarms };
    // A failure is not kept: whoever asks next looks again.
    alarms.catch(() => {
      this.#known = undefined;
    });
    return alarms;
  }

  async #look(now: number): Promise<readonly QualityAlarm[]> {
    const found = await watchQuality(this, this.rules, now);
    return await this.#parts.pipeline.transaction(async () => this.#remember(found, now));
  }

  /** Since when each is broken; one that is not any more is forgotten, so that it is told again. */
  #remember(found: readonly QualityAlarm[], now: number): QualityAlarm[] {
    const { db, counters, log = (line: string) => process.stderr.write(line) } = this.#parts;
    const at = new Date(now).toISOString();
    const broken = new Set(found.map(keyOf));
    const rows = db.prepare('SELECT alarm, since FROM quality_alarms').all();
    const since = new Map(rows.map((row) => [String(row.alarm), String(row.since)]));
    for (const alarm of since.keys())
      if (!broken.has(alarm)) db.prepare('DELETE FROM quality_alarms WHERE alarm = ?').run(alarm);
    for (const alarm of found) {
      if (since.has(keyOf(alarm))) continue;
      db.prepare('INSERT OR IGNORE INTO quality_alarms VALUES (?, ?)').run(keyOf(alarm), at);
      log(`Quality: ${alarm.title.en} (rule ${alarm.rule}, source ${alarm.source_id}).\n`);
    }
    counters.quality.prune(now);
    return found.map((alarm) => ({ ...alarm, since: since.get(keyOf(alarm)) ?? at }));
  }
}
