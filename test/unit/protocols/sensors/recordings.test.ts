import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../../functions/clean/clean.ts';
import { collect } from '../../../../functions/collect/collect.ts';
import { GIF } from '../../../../functions/shared/protocols/parts.ts';
import type { Source } from '../../../../schemas/event.ts';
import { CLEAN_DEPS, collector, WEB } from '../../../support/ingest.ts';
import type { RecordedClient } from '../../../support/recorded-client.ts';
import { type Recording, recordingsOf } from '../../../support/recordings.ts';
import { isItem, RECORDED, recordsOf } from './recorded.ts';

/** Sends a whole recording to the collector and cleans what was stored. */
async function replay({ requests }: Recording, client: RecordedClient) {
  const origins = requests.flatMap(({ request }) => request.headers.origin ?? []);
  const source: Source = { ...WEB, ...client.source, allowed_origins: [...new Set(origins)] };
  const { deps, raw } = collector(Object.fromEntries(client.keys.map((key) => [key, source])));
  const answers = [];
  for (const { request, receivedMs } of requests) {
    answers.push(await collect(request, { ...deps, clock: { now: () => receivedMs } }));
  }
  const results = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  const events = results.flatMap((result) => result.events);
  return { answers, events, quarantined: results.flatMap((result) => result.quarantined) };
}

const all = RECORDED.flatMap((client) => recordingsOf(client.client).map((recording) => ({ client, recording })));

describe.each(all.map(({ client, recording }) => ({ name: recording.name, client, recording })))('$name', (one) => {
  const { client, recording } = one;

  it('is answered as its client needs it', async () => {
    const { answers } = await replay(recording, client);
    expect(answers.map(({ status }) => status)).toEqual(client.statuses(recording));
    recording.requests.forEach(({ request }, index) => {
      const { headers, bytes } = answers[index] ?? {};
      if (request.method === 'GET' && client.source.channel === 'web') expect(bytes).toEqual(GIF);
      else expect(headers?.['content-type']).toContain('application/json');
      if (request.headers.origin) expect(headers?.['access-control-allow-origin']).toBe(request.headers.origin);
    });
  });

  it('becomes the expected events, each once however often it was sent', async () => {
    const { events, quarantined } = await replay(recording, client);
    const distinct = [...new Map(events.map((event) => [event.event_id, event])).values()];
    const sort = (list: readonly object[]) => list.map((each) => JSON.stringify(each)).sort();
    const expected = client.events(recording);
    const outline = distinct.map(({ event_id, type, name, owner }, index) => ({
      type,
      name,
      ...(!/^(?:phone|email):/.test(owner) && { owner }),
      ...(expected.some((each) => each.event_id === event_id) && { event_id }),
      index,
    }));
    expect(sort(outline.map(({ index: _, ...rest }) => rest))).toEqual(sort(expected));
    for (const event of events) {
      const first = distinct.find(({ event_id }) => event_id === event.event_id);
      expect(event.body_hash).toBe(first?.body_hash);
    }
    const items = recordsOf(recording).flat().filter(isItem).length;
    expect(quarantined.map(({ reason }) => reason)).toEqual(Array(items).fill('describes_item'));
    expect(JSON.stringify(events)).not.toMatch(/a@example\.com|13800000000/);
  });
});
