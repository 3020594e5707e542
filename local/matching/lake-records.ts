import { isObject, objectOr } from '../../functions/shared/json.ts';
import type { MatchRecord } from '../../functions/shared/match/online.ts';
import { recordOf } from '../../functions/shared/match/person-record.ts';
import type { SqlEngine } from '../../functions/shared/seams.ts';

/** A person of the lake as matching sees it. */
export interface LakeRecord {
  readonly one_id: string;
  readonly record: MatchRecord;
}

/** Persons read with one query; the engine answers with no more rows at once than it allows. */
const PAGE = 1000;

/**
 * Where and with what each person was seen last. Addresses of the internet come as networks, as `clean` leaves them. Rows that
 * do not say it are passed over: `max_by` ignores those without an order.
 */
const SEEN_WITH = `SELECT one_id,
    max_by(ip, CASE WHEN ip IS NOT NULL THEN occurred_at END) AS ip,
    max_by(device, CASE WHEN device IS NOT NULL THEN occurred_at END) AS device
  FROM (
    SELECT one_id, occurred_at, json_extract_scalar(context, '$.ip') AS ip,
      coalesce(json_extract_scalar(context, '$.device.model'), json_extract_scalar(context, '$.userAgent')) AS device
    FROM events_resolved WHERE one_id > ? AND one_id <= ?
  ) GROUP BY one_id`;

/** All persons of the lake that are human beings and declared something. Read in the order of their ids. */
export async function readLakeRecords(sql: SqlEngine): Promise<LakeRecord[]> {
  const records: LakeRecord[] = [];
  for (let after = ''; ; ) {
    const persons = await sql.query(
      `SELECT one_id, basic FROM profiles WHERE NOT shared AND basic <> '{}' AND one_id > ? ORDER BY one_id LIMIT ${PAGE}`,
      [after],
    );
    const last = String(persons.rows.at(-1)?.[0] ?? '');
    if (last === '') return records;
    const seen = await sql.query(SEEN_WITH, [after, last]);
    const context = new Map(seen.rows.map(([one_id, ip, device]) => [one_id, { ip, device }]));
    for (const [one_id, basic] of persons.rows) {
      const { ip, device } = context.get(one_id) ?? {};
      const traits = { ...valuesOf(String(basic)), context_ip: ip, context_device: device };
      records.push({ one_id: String(one_id), record: recordOf(traits) });
    }
    after = last;
  }
}

const valuesOf = (basic: string): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(objectOr(JSON.parse(basic))).map(([name, cell]) => [name, isObject(cell) ? cell.value : undefined]),
  );
