import type { QualityDesk } from '../../functions/shared/quality/desk.ts';

/** For tests of routes that ask nothing about quality. */
export const noQuality: QualityDesk = {
  sql: { query: () => Promise.reject(new Error('No test here asks about quality.')) },
  plan: { plan: 'none', version: 1, owner: 'tests', events: {} },
  rules: { version: 1, owner: 'tests', time_zone: 'Asia/Shanghai', window_hours: 24, weeks: 4, rules: [] },
  alarms: async () => [],
};
