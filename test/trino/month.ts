import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServer } from '../../local/server.ts';
import type { LakeRow } from '../../schemas/lake.ts';
import { send } from '../support/server.ts';
import type { Parameter } from './client.ts';

/** A statement that the API sent to the lake. */
export interface Asked {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

const DAY_MS = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();

/** The sample month has no operators: two corrections, and three pairs that a model found alike, two of them decided. */
function correctionsAndReviews(now: number): { audit: readonly LakeRow[]; match_reviews: readonly LakeRow[] } {
  const id = (letter: string): string => letter.repeat(22);
  const review = (letter: string, seq: number, more: LakeRow = {}): LakeRow => ({
    review_id: id(letter),
    status: 'open',
    a: `user_id:${letter}1`,
    b: `user_id:${letter}2`,
    confidence: 0.9 + seq / 1_000,
    model: 'm1',
    reason: '姓名 and phone alike',
    found_at: iso(now - DAY_MS),
    updated_at: iso(now - DAY_MS + seq),
    seq,
    ...more,
  });
  const declared = (action: string, event_id: string, minutes: number): LakeRow => ({
    audit_id: `audit-${event_id}`,
    event_id,
    action,
    actor: 'anna',
    source_id: 'operators',
    owner: 'user_id:a1',
    identifiers: '["user_id:a1","user_id:a2"]',
    why: 'the customer called: “同一个人”',
    outcome: 'taken_in',
    occurred_at: iso(now - minutes * 60_000),
    received_at: iso(now - minutes * 60_000 + 5),
  });
  return {
    match_reviews: [
      review('a', 1),
      review('a', 2),
      review('b', 3),
      review('c', 4),
      review('c', 5, { status: 'settled' }),
    ],
    audit: [
      declared('bind', `review_${id('a')}_1`, 30),
      declared('split', `review_${id('a')}_2`, 20),
      declared('bind', `review_${id('b')}_1`, 10),
      declared('unbind', 'unbind-1', 5),
    ],
  };
}

/** Every route of the API that reads the lake, with an argument for which it finds something. */
async function askEverything(url: string): Promise<void> {
  const get = async (path: string): Promise<Record<string, { [field: string]: string }[]>> => {
    const { status, json } = await send(`${url}${path}`);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}.`);
    return json;
  };
  const sql = async (text: string): Promise<string> => {
    const answer = await send(`${url}/api/sql`, { method: 'POST', body: JSON.stringify({ sql: text }) });
    return encodeURIComponent(String(answer.json.rows[0][0]));
  };
  const busiest = await sql(
    "SELECT one_id FROM events_resolved WHERE owner LIKE 'user_id:%' GROUP BY one_id ORDER BY count(*) DESC, one_id LIMIT 1",
  );
  const device = await sql('SELECT identifier FROM device_ownership ORDER BY valid_from, identifier LIMIT 1');
  const { decisions = [] } = await get('/api/decisions?outcome=sent&limit=50');
  for (const path of [
    '/api/persons',
    `/api/persons/${busiest}/events?limit=1000`,
    '/api/quarantine?status=all&limit=1000',
    '/api/quarantine?reason=plan_violation',
    '/api/quarantine/groups?status=all&source=web',
    '/api/quality?event=Order%20Completed',
    '/api/quality?source=web',
    `/api/decisions?one_id=${decisions[0]?.one_id}`,
    '/api/audit',
    '/api/audit?identifier=user_id:a1',
    `/api/audit?person=${busiest}`,
    '/api/matches?status=all',
    '/api/matches?status=accepted',
    `/api/devices/${device}`,
  ]) {
    await get(path);
  }
}

/** The data folder of a server through which the sample month of `npm start` went, and what its API asked. The caller removes it. */
export async function sampleMonth(): Promise<{ dir: string; asked: readonly Asked[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-month-'));
  const server = await EmbeddedServer.start({ port: 0, dir, seed: true });
  const asked: Asked[] = [];
  try {
    await server.ready;
    const { lake, sql, clock } = server.app;
    const { audit, match_reviews } = correctionsAndReviews(clock.now());
    await lake.put('audit', audit);
    await lake.put('match_reviews', match_reviews);
    const query = sql.query.bind(sql);
    sql.query = (text, parameters = []) => {
      asked.push({ sql: text, parameters });
      return query(text, parameters);
    };
    await askEverything(server.url);
  } finally {
    await server.close();
  }
  return { dir, asked };
}
