import type { QualityRules } from '../../../schemas/quality.ts';
import type { QualityAlarm } from '../../../schemas/quality-report.ts';
import type { QualitySources } from './read.ts';

/** What questions about quality are answered from. */
export interface QualityDesk extends QualitySources {
  readonly rules: QualityRules;
  /** The rules that are broken now, with the time since when where somebody remembers. */
  alarms(): Promise<readonly QualityAlarm[]>;
}
