import { expect, test } from 'vitest';
import { auditRow } from '../../../functions/stitch/audit.ts';
import { cleanEvent } from '../../support/stitch.ts';

const declared = { by: 'anna', why: 'called us' };
const merge = (over: object) =>
  cleanEvent(['user_id:m1', 'user_id:m2'], { type: 'merge', name: 'merge', declared, ...over });

test('two systems that number their declarations alike have a row each, and one that repeats itself has one', () => {
  const ids = ['crm', 'desk', 'crm'].map((source_id) => auditRow(merge({ source_id, event_id: 'case-1' }))?.audit_id);
  expect(new Set(ids).size).toBe(2);
  expect(ids[0]).toBe(ids[2]);
});
