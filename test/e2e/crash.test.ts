import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Random, randomOf } from '../../local/seed/random.ts';
import { ChildServer } from '../support/server.ts';

const SEED = randomInt(1_000_000);
const ROUNDS = 4;
const SENDERS = 8;
const USERS = 40;

interface Batch {
  readonly ids: readonly string[];
  readonly body: string;
}

function batchOf(prefix: string, random: Random): Batch {
  const ids = Array.from({ length: random.int(1, 12) }, (_, n) => `${prefix}-${n}`);
  const batch = ids.map((messageId) => ({
    type: 'track',
    event: random.pick(['Product Viewed', 'Product Added']),
    messageId,
    userId: `u${random.int(0, USERS - 1)}`,
    anonymousId: random.chance(0.3) ? `a${random.int(0, USERS - 1)}` : undefined,
    properties: { product_id: `p${random.int(1, 5)}`, note: 'x'.repeat(random.int(0, 2000)) },
  }));
  return { ids, body: JSON.stringify({ batch }) };
}

/** What senders know: which events were answered 2xx, and which batches got no answer at all. */
interface Ledger {
  readonly acknowledged: Set<string>;
  unanswered: Batch[];
  readonly batches: Batch[];
  /** Called the moment an answer has come. */
  onAcknowledged(): void;
}

/** Sends batches one after the other until the server is gone. */
async function sender(server: ChildServer, name: string, { ledger, random }: { ledger: Ledger; random: Random }) {
  for (let n = 0; ; n++) {
    const batch = batchOf(`${name}-${n}`, random);
    try {
      const { status } = await server.post('/v1/batch', batch.body, server.as('server'));
      expect(status).toBe(200);
    } catch (error) {
      if (server.running && !(error instanceof Error && 'code' in error)) throw error;
      ledger.unanswered.push(batch);
      return;
    }
    ledger.batches.push(batch);
    for (const id of batch.ids) ledger.acknowledged.add(id);
    ledger.onAcknowledged();
  }
}

/** Asks all the time, so that rows are being written to Parquet whenever the end comes. */
async function reader(server: ChildServer): Promise<void> {
  try {
    for (;;) await server.get('/api/persons?limit=1');
  } catch {
    // The server is gone.
  }
}

/**
 * Lets senders load the server and kills it under load: every other round in the very moment of an answer, when whatever
 * was answered too early is lost; else some random time later.
 */
async function loadAndKill(server: ChildServer, round: number, ledger: Ledger): Promise<void> {
  const random = randomOf(SEED, `round ${round}`);
  const enough = ledger.acknowledged.size + random.int(1, 1500);
  const later = round % 2 === 0 ? 0 : random.int(1, 60);
  const killed = new Promise<void>((resolve, reject) => {
    ledger.onAcknowledged = () => {
      if (ledger.acknowledged.size < enough) return;
      ledger.onAcknowledged = () => undefined;
      const kill = (): unknown => server.kill('SIGKILL').then(resolve, reject);
      if (later === 0) kill();
      else setTimeout(kill, later);
    };
  });
  const working = Array.from({ length: SENDERS }, (_, n) =>
    sender(server, `r${round}-s${n}`, { ledger, random: randomOf(SEED, `round ${round} sender ${n}`) }),
  );
  working.push(reader(server));
  await Promise.all([killed, ...working]);
}

/** As SDKs do: what got no answer is sent again, and now and then what did get one. */
async function sendAgain(server: ChildServer, ledger: Ledger, random: Random): Promise<void> {
  const again = [...ledger.unanswered, ...ledger.batches.filter(() => random.chance(0.1))];
  for (const { ids, body } of again) {
    const { status } = await server.post('/v1/batch', body, server.as('server'));
    expect(status).toBe(200);
    for (const id of ids) ledger.acknowledged.add(id);
  }
  ledger.unanswered = [];
}

async function expectExactlyOnce(server: ChildServer, ledger: Ledger): Promise<void> {
  const [[rows, distinct]] = (await server.sql('SELECT count(*), count(DISTINCT event_id) FROM events')) as [
    [number, number],
  ];
  expect(rows, 'no event is there twice').toBe(distinct);
  const found = new Set<unknown>();
  for (let after = ''; ; ) {
    const page = await server.sql(
      `SELECT event_id FROM events WHERE event_id > '${after}' ORDER BY event_id LIMIT 10000`,
    );
    for (const [id] of page) found.add(id);
    if (page.length < 10_000) break;
    after = String(page.at(-1)?.[0]);
  }
  expect(
    [...ledger.acknowledged].filter((id) => !found.has(id)),
    'every acknowledged event is there',
  ).toEqual([]);
  const sent = new Set([...ledger.acknowledged, ...ledger.unanswered.flatMap(({ ids }) => ids)]);
  expect([...found].filter((id) => !sent.has(String(id)))).toEqual([]);
  expect(await server.value('SELECT sum(events) FROM profiles'), 'profiles count what the lake holds').toBe(rows);
  const { stages, backlog } = (await server.get('/api/stats')).json;
  expect(backlog).toBe(0);
  expect(stages.stitch.events).toBe(rows);
  expect(stages.clean.events).toBe(rows + stages.stitch.duplicates);
  expect(stages.clean.quarantined).toBe(0);
}

it(`loses nothing it acknowledged, and doubles nothing, when killed under load (seed ${SEED})`, {
  timeout: 600_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-crash-'));
  let server = await ChildServer.start({ dir });
  onTestFinished(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const ledger: Ledger = { acknowledged: new Set(), unanswered: [], batches: [], onAcknowledged: () => undefined };
  const keys = server.keys;
  for (let round = 0; round < ROUNDS; round++) {
    await loadAndKill(server, round, ledger);
    server = await ChildServer.start({ dir });
    expect(server.keys).toEqual(keys);
    await expectExactlyOnce(server, ledger);
    await sendAgain(server, ledger, randomOf(SEED, `again ${round}`));
    await expectExactlyOnce(server, ledger);
    expect(server.errors).toBe('');
  }
  await server.post('/api/clock', { advance: 'PT31M' });
  const left = await server.sql(
    `SELECT count(*), count(DISTINCT one_id) FROM decisions WHERE campaign = 'cart-left-30-minutes' AND reason = 'sent'`,
  );
  const carts = await server.value(`SELECT count(DISTINCT one_id) FROM events_resolved WHERE name = 'Product Added'`);
  expect(left, 'each person with a cart is reminded once').toEqual([[carts, carts]]);
  process.stdout.write(`crash: seed ${SEED}, ${ledger.acknowledged.size} events acknowledged in ${ROUNDS} rounds\n`);
});
