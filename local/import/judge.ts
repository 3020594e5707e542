import { cleanMapped, type MappingDeps } from '../../functions/clean/mapped.ts';
import type { Judge } from '../../functions/import/judge.ts';
import { isFinding } from '../../functions/shared/finding.ts';
import { isObject } from '../../functions/shared/json.ts';
import { decode } from '../../functions/shared/protocols/rows/decode.ts';
import { decodeRaw } from '../../functions/shared/raw-record.ts';
import type { ReasonCode } from '../../schemas/reasons.ts';

/** Tells what cleaning makes of a record, by cleaning it: nothing is stored. */
export const judgeCleaning =
  (clean: MappingDeps): Judge =>
  async (record) => {
    const { quarantined, dropped = 0 } = await cleanMapped(record, clean);
    if (quarantined.length === 0) return { refused: [], dropped };
    const places = placesOf(record);
    const refused = quarantined.map(({ reason, field, detail, event_id }) => ({
      index: places.get(event_id ?? '') ?? 0,
      finding: { reason: reason as ReasonCode, field, detail }, // as cleaning gave it
    }));
    return { refused, dropped };
  };

/** The place of each event in its record, by the event's id. */
function placesOf(record: Buffer): Map<string, number> {
  const { head, body } = decodeRaw(record);
  const unpacked = decode({ route: head.route, body, params: head.params ?? {} }, head.source);
  if (isFinding(unpacked)) return new Map();
  return new Map(unpacked.items.map((item, index) => [isObject(item) ? String(item.messageId) : '', index]));
}
