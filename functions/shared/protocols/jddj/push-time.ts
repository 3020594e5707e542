import type { Finding } from '../../../../schemas/reasons.ts';
import { isoTime } from '../hook-events.ts';
import { SIGNATURE_TOLERANCE_SECONDS, wrongSignature } from '../signature.ts';

/** How long JD sends again; whether it then signs anew is not said, so a signature has to be good for as long. */
const RETRIES_SECONDS = 4 * 3600;

/** Nothing, or why the signed time (`yyyy-MM-dd HH:mm:ss` in China) does not count any more. */
export function checkPushTime(timestamp: string, now: number): Finding | undefined {
  const at = isoTime(timestamp);
  if (at === undefined) return wrongSignature('timestamp');
  const late = (now - Date.parse(at)) / 1000;
  if (late <= RETRIES_SECONDS + SIGNATURE_TOLERANCE_SECONDS && late >= -SIGNATURE_TOLERANCE_SECONDS) return undefined;
  const detail = 'The request was signed more than four hours ago, or for a time to come.';
  return { reason: 'signature_expired', field: '', detail };
}
