import type { Finding } from '../../schemas/reasons.ts';
import { isFinding } from '../shared/finding.ts';
import { decode } from '../shared/protocols/rows/decode.ts';
import { decodeRaw } from '../shared/raw-record.ts';
import { arrivalOf, checkEvent } from '../shared/segment-limits.ts';

/** Why an event of a raw record is none; by its position in the record. */
export interface Judged {
  readonly index: number;
  readonly finding: Finding;
}

/** What becomes of a record's rows, as far as it can be told before it is on the stream. */
export type Judge = (record: Buffer) => readonly Judged[];

/** Tells what decoding and the limits of events say; what cleaning makes of an event shows in quarantine. */
export const judgeDecoding: Judge = (record) => {
  const { head, body } = decodeRaw(record);
  const unpacked = decode({ route: head.route, body, params: head.params ?? {} }, head.source);
  if (isFinding(unpacked)) return [{ index: 0, finding: unpacked }];
  const arrival = arrivalOf(head.protocol, { route: head.route, body }, head.source);
  return unpacked.items.flatMap((item, index) => {
    const finding = checkEvent(item, arrival);
    return finding === undefined ? [] : [{ index, finding }];
  });
};
