import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { collect } from '../../../functions/collect/collect.ts';
import type { CleanEvent, Source } from '../../../schemas/event.ts';
import { CLEAN_DEPS, collector, WEB } from '../../support/ingest.ts';
import { RECORDED } from '../../support/protocol-seeds.ts';
import type { RecordedClient } from '../../support/recorded-client.ts';
import { type Recording, recordingsOf } from '../../support/recordings.ts';

const CLIENTS = [...RECORDED].flatMap(([protocol, clients]) => clients.map((client) => ({ protocol, client })));

/** Sends a recording, each request when it came and from where it came, and cleans what was stored. */
async function replay({ requests }: Recording, protocol: string, client: RecordedClient) {
  const origins = [...new Set(requests.flatMap(({ request }) => request.headers.origin ?? []))];
  const source: Source = { ...WEB, protocol, ...client.source, allowed_origins: origins };
  const { deps, raw } = collector(Object.fromEntries(client.keys.map((key) => [key, source])));
  const known = { ...deps, secretsOf: async () => client.secrets ?? {} };
  const statuses: number[] = [];
  for (const { request, receivedMs } of requests) {
    const response = await collect(request, { ...known, clock: { now: () => receivedMs } });
    statuses.push(response.status);
    const { origin } = request.headers;
    if (origin !== undefined) expect(response.headers['access-control-allow-origin']).toBe(origin);
  }
  return { statuses, cleaned: raw.records.map((record) => cleanRecord(record, CLEAN_DEPS)) };
}

const outline = ({ type, name }: { readonly type: string; readonly name: string }): string => `${type} ${name}`;

describe.each(CLIENTS)('$protocol: $client.client', ({ protocol, client }) => {
  it.each(recordingsOf(client.client))(
    '$name is answered as its client needs, and every event is there once',
    async (recording) => {
      const { statuses, cleaned } = await replay(recording, protocol, client);
      expect(statuses).toEqual(client.statuses(recording));
      const events = cleaned.flatMap((result) => result.events);
      const distinct = [...new Map(events.map((event) => [event.event_id, event])).values()];
      const expected = client.events(recording);
      expect(distinct.map(outline).sort()).toEqual(expected.map(outline).sort());
      for (const event of expected)
        expect(
          events.some((found) => fits(found, event)),
          JSON.stringify(event),
        ).toBe(true);
      // A retry has the same body, so that it is a duplicate, not a conflict.
      for (const event of distinct) {
        const again = events.filter(({ event_id }) => event_id === event.event_id);
        expect(new Set(again.map(({ body_hash }) => body_hash)).size).toBe(1);
      }
    },
  );
});

const fits = (event: CleanEvent, expected: ReturnType<RecordedClient['events']>[number]): boolean =>
  event.type === expected.type &&
  event.name === expected.name &&
  (expected.owner === undefined || event.owner === expected.owner) &&
  (expected.event_id === undefined || event.event_id === expected.event_id);

it('knows every client that was recorded', () => {
  expect(CLIENTS.length).toBeGreaterThanOrEqual(7);
});
