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

/** What becomes of a record's rows. */
export interface Judgement {
  readonly refused: readonly Judged[];
  /** Rows that the mapping of their source leaves out. */
  readonly dropped: number;
}

/** Tells what becomes of a record's rows, as far as that is known before it is on the stream. */
export type Judge = (record: Buffer) => Promise<Judgement>;

/** Tells what decoding and the limits of events say; what cleaning makes of an event shows in quarantine. */
export const judgeDecoding: Judge = async (record) => {
  const { head, body } = decodeRaw(record);
  const unpacked = decode({ route: head.route, body, params: head.params ?? {} }, head.source);
  if (isFinding(unpacked)) return { refused: [{ index: 0, finding: unpacked }], dropped: 0 };
  const arrival = arrivalOf(head.protocol, { route: head.route, body }, head.source);
  const refused = unpacked.items.flatMap((item, index) => {
    const finding = checkEvent(item, arrival);
    return finding === undefined ? [] : [{ index, finding }];
  });
  return { refused, dropped: 0 };
};
