import type { Decision } from '../../schemas/decision.ts';
import type { LakeRow } from '../../schemas/lake.ts';

/** Lake row of a decision. */
export const decisionRow = (decision: Decision): LakeRow => ({
  decision_id: decision.decision_id,
  campaign: decision.campaign,
  campaign_version: decision.campaign_version,
  one_id: decision.one_id,
  subject: decision.subject,
  outcome: decision.outcome,
  reason: decision.reason,
  due_at: decision.due_at,
  decided_at: decision.decided_at,
  send_id: decision.send_id ?? null,
  channel: decision.channel,
  facts: JSON.stringify(decision.facts),
});
