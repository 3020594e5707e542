import { type Finding, REASONS, type Reason, type ReasonCode } from '../../schemas/reasons.ts';
import { type HttpResponse, jsonResponse } from '../shared/http.ts';
import { isObject } from '../shared/json.ts';
import type { RefusedEvent, Taken } from '../shared/protocols/protocol.ts';

const reasonOf = (code: ReasonCode): Reason => REASONS[code];

/** HTTP status of a refusal. */
export const statusOf = (code: ReasonCode): number => reasonOf(code).status ?? 400;

/** The whole request is refused: nothing of it was accepted. */
export const refuse = (finding: Finding): HttpResponse =>
  jsonResponse(statusOf(finding.reason), {
    success: false,
    accepted: 0,
    refused: [],
    reason: finding.reason,
    field: finding.field,
    message: finding.detail,
    fix: reasonOf(finding.reason).fix,
  });

/**
 * Says what became of each event. A partly refused batch is answered 413 or 400, since SDKs read nothing but the status;
 * its other events are durable all the same. 403 where the key allows none of what was sent.
 */
export function answerEvents({ accepted, refused }: Taken): HttpResponse {
  if (refused.length === 0) return jsonResponse(200, { success: true, accepted, refused: [] });
  const statuses = new Set(refused.map(({ finding }) => statusOf(finding.reason)));
  const isForbidden = accepted === 0 && statuses.size === 1 && statuses.has(403);
  const status = isForbidden ? 403 : statuses.has(413) ? 413 : 400;
  const rest = accepted === 0 ? '' : ` The other ${accepted} were accepted; do not send them again.`;
  const message = `${refused.length} of ${accepted + refused.length} events were refused.${rest}`;
  return jsonResponse(status, { success: false, accepted, refused: refused.map(describe), message });
}

const describe = ({ index, event, finding }: RefusedEvent) => ({
  index,
  messageId: isObject(event) && typeof event.messageId === 'string' ? event.messageId.slice(0, 100) : null,
  reason: finding.reason,
  field: finding.field,
  detail: finding.detail,
  fix: reasonOf(finding.reason).fix,
});
