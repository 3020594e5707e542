import type { Source } from '../../../../schemas/event.ts';
import { type Finding, REASONS } from '../../../../schemas/reasons.ts';
import { isFinding } from '../../finding.ts';
import { type HttpResponse, jsonResponse } from '../../http.ts';
import { isObject } from '../../json.ts';
import { arrivalOf, checkEvent } from '../../segment-limits.ts';
import type { Payload, Unpacked } from '../protocol.ts';

const described = ({ reason, field, detail }: Finding) => ({
  ok: false,
  reason,
  field,
  detail,
  fix: REASONS[reason].fix,
});

/**
 * Says of each record what it would become, or why it would be refused, and stores nothing. SensorsData's clients call it `Dry-Run`.
 * 200 where all is right, else 400: the debug modes of the SDKs show the answer.
 */
export function dryRun(payload: Payload, unpacked: Unpacked | Finding, source: Source): HttpResponse {
  if (isFinding(unpacked)) {
    return jsonResponse(400, { success: false, dry_run: true, records: [], ...described(unpacked) });
  }
  const arrival = arrivalOf('sensors', payload, source);
  const records = unpacked.items.map((item, index) => {
    const finding = checkEvent(item, arrival);
    if (finding !== undefined) return { index, ...described(finding) };
    const { type, event, name } = isObject(item) ? item : {};
    return { index, ok: true, becomes: type, name: event ?? name ?? type };
  });
  const success = records.every(({ ok }) => ok);
  return jsonResponse(success ? 200 : 400, { success, dry_run: true, records });
}
