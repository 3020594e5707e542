import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { HttpRequest, HttpResponse } from '../../functions/shared/http.ts';
import { App } from '../../local/app.ts';
import { retailMonth } from '../../local/seed/month.ts';
import { type Random, randomOf } from '../../local/seed/random.ts';
import { dataFolder } from '../support/data-folder.ts';
import { basic } from '../support/server.ts';

const SEED = 20_261_122;
const START = Date.UTC(2026, 9, 20, 16);
const DAYS = 30;
const END = START + DAYS * 86_400_000;
/** Share of requests that come a second time. */
const DUPLICATES = 0.2;

/** One request: a batch of one source, and when it arrives. */
interface Delivery {
  readonly at: number;
  readonly source_id: string;
  readonly batch: readonly object[];
  readonly sentAt?: string;
}

const month = (): Delivery[] =>
  [...retailMonth({ start: START, days: DAYS, people: 400 })].map(({ at, source_id, body }) => ({
    at,
    source_id,
    ...body,
  }));

const shuffled = <T>(list: readonly T[], random: Random): T[] =>
  list
    .map((item) => ({ item, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);

/** The list with a fifth of its items again, somewhere. */
function withDuplicates(list: readonly Delivery[], random: Random): Delivery[] {
  const again = list.filter(() => random.chance(DUPLICATES)).map((item) => ({ item, rank: random.next() }));
  const ranked = [...list.map((item, index) => ({ item, rank: index / list.length })), ...again];
  return ranked.sort((a, b) => a.rank - b.rank).map(({ item }) => item);
}

/** The same events in other batches: how an SDK groups them means nothing. */
function rebatched(list: readonly Delivery[], random: Random): Delivery[] {
  const single = shuffled(
    list.flatMap((delivery) => delivery.batch.map((event) => ({ ...delivery, batch: [event] }))),
    random,
  );
  const bySource = Map.groupBy(single, ({ source_id }) => source_id);
  const batches: Delivery[] = [];
  for (const events of bySource.values()) {
    while (events.length > 0) {
      const some = events.splice(0, random.int(1, 40));
      if (some[0]) batches.push({ ...some[0], batch: some.flatMap(({ batch }) => batch) });
    }
  }
  return shuffled(batches, random);
}

const request = (method: string, path: string, extra: Partial<HttpRequest> = {}): HttpRequest => ({
  method,
  path,
  query: {},
  headers: {},
  body: Buffer.alloc(0),
  ...extra,
});

async function get(app: App, path: string, query: Record<string, string> = {}): Promise<HttpResponse> {
  const response = await app.serve(request('GET', path, { query }));
  expect(response.status, `${path} ${JSON.stringify(query)}`).toBe(200);
  return response;
}

/** Feeds a fresh app, and reads the person of every identifier: by identifier, as bytes. */
async function peopleAfter(deliveries: readonly Delivery[], keys?: string) {
  const dir = dataFolder();
  if (keys !== undefined) cpSync(keys, join(dir, 'keys'), { recursive: true });
  let now = START;
  // Real time is what the test says, so that an arrival is the same in whatever order it is fed in.
  const app = await App.open({ dir, realNow: () => now });
  try {
    app.raw.syncToDisk(false);
    for (const { at, source_id, batch, sentAt } of deliveries) {
      now = at;
      const headers = { authorization: basic(app.sources.keyOf(source_id)) };
      const body = Buffer.from(JSON.stringify({ batch, sentAt }));
      await app.collect(request('POST', '/v1/batch', { headers, body }));
    }
    await app.pipeline.settled();
    now = END;
    const { rows } = await app.sql.query('SELECT DISTINCT owner FROM identity_map ORDER BY owner');
    const people = new Map<string, string>();
    for (const [owner] of rows) {
      people.set(String(owner), (await get(app, '/api/persons', { identifier: String(owner) })).body);
    }
    const profiles = await app.sql.query(
      `SELECT one_id, shared, first_seen, last_seen, events, identifiers, basic, tags, consents FROM profiles WHERE active ORDER BY one_id`,
    );
    const counts = await app.sql.query('SELECT count(*), count(DISTINCT event_id) FROM events');
    return { dir, people, profiles: profiles.rows, events: counts.rows[0] };
  } finally {
    await app.close();
  }
}

it('gives the same persons, profiles and tags, byte by byte, in any order and with duplicates', {
  timeout: 400_000,
}, async () => {
  // One arrival for all, and no sent time: the events' own times hold, as in an import of the month.
  const deliveries = month().map(({ source_id, batch }) => ({ at: END, source_id, batch }));
  const asItCame = await peopleAfter(withDuplicates(deliveries, randomOf(SEED, 'as it came')));
  const keys = join(asItCame.dir, 'keys');
  expect(asItCame.people.size).toBeGreaterThan(300);
  expect(asItCame.events?.[0]).toBe(asItCame.events?.[1]);
  expect(asItCame.events?.[0]).toBeGreaterThan(3000);
  const orders = {
    backwards: withDuplicates(deliveries.toReversed(), randomOf(SEED, 'backwards')),
    shuffled: withDuplicates(rebatched(deliveries, randomOf(SEED, 'shuffled')), randomOf(SEED, 'more')),
  };
  for (const [name, order] of Object.entries(orders)) {
    const other = await peopleAfter(order, keys);
    expect(other.events, name).toEqual(asItCame.events);
    const different = [...other.people].filter(([key, body]) => asItCame.people.get(key) !== body);
    expect(different.slice(0, 1).map(([key, body]) => [key, JSON.parse(body)])).toEqual(
      different.slice(0, 1).map(([key]) => [key, JSON.parse(asItCame.people.get(key) ?? 'null')]),
    );
    expect(different.length, name).toBe(0);
    expect([...other.people.keys()], name).toEqual([...asItCame.people.keys()]);
    expect(other.profiles, name).toEqual(asItCame.profiles);
  }
});

it('gives the same where each event keeps its own arrival, out of order', { timeout: 400_000 }, async () => {
  const deliveries = month().filter(({ at }) => at < START + 6 * 86_400_000);
  const asItCame = await peopleAfter(deliveries);
  const mixed = withDuplicates(shuffled(deliveries, randomOf(SEED, 'arrivals')), randomOf(SEED, 'again'));
  const other = await peopleAfter(mixed, join(asItCame.dir, 'keys'));
  expect(other.events).toEqual(asItCame.events);
  expect(Object.fromEntries(other.people)).toEqual(Object.fromEntries(asItCame.people));
});
