import { describe, expect, it } from 'vitest';
import { cleanRecord } from '../../../functions/clean/clean.ts';
import { collect } from '../../../functions/collect/collect.ts';
import { isObject, objectOr } from '../../../functions/shared/json.ts';
import type { CleanEvent, Source } from '../../../schemas/event.ts';
import { CLEAN_DEPS, collector, tokenise, WEB } from '../../support/ingest.ts';
import { type Recording, recordingsOf } from '../../support/recordings.ts';

const CLIENTS = ['segment-analytics-node', 'segment-analytics-next', 'rudder-sdk-node', 'rudder-analytics-js'];
const RECORDINGS = CLIENTS.flatMap(recordingsOf);

const KEYS = { WRITE_KEY_123: WEB, WK: WEB };
const ROUTES: Record<string, string> = { t: 'track', i: 'identify', p: 'page', s: 'screen', g: 'group', a: 'alias' };

/** Sends a whole recording to the collector, from the origin it was recorded at, and cleans what was stored. */
async function replay({ requests }: Recording) {
  const origins = requests.flatMap(({ request }) => request.headers.origin ?? []);
  const source: Source = { ...WEB, allowed_origins: [...new Set(origins)] };
  const { deps, raw } = collector(Object.fromEntries(Object.keys(KEYS).map((key) => [key, source])));
  const statuses: number[] = [];
  for (const { request, receivedMs } of requests) {
    const response = await collect(request, { ...deps, clock: { now: () => receivedMs } });
    statuses.push(response.status);
    if (request.headers.origin !== undefined) {
      expect(response.headers['access-control-allow-origin']).toBe(request.headers.origin);
    }
  }
  const results = raw.records.map((record) => cleanRecord(record, CLEAN_DEPS));
  return {
    statuses,
    events: results.flatMap(({ events }) => events),
    quarantined: results.flatMap(({ quarantined }) => quarantined),
  };
}

/** The events that the client meant to send, read from the recording and nothing else. */
function sentEvents({ requests }: Recording): Record<string, unknown>[] {
  return requests.flatMap(({ request, sent }) => {
    if (!isObject(sent)) return [];
    const items = Array.isArray(sent.batch) ? sent.batch : [{ type: typeOf(request.path), ...sent }];
    return items.filter(isObject);
  });
}

const typeOf = (path: string): string => {
  const last = path.split('/').at(-1) ?? '';
  return ROUTES[last] ?? last;
};

/** Name by which an event of each type goes. */
const nameOf = (event: Record<string, unknown>): unknown =>
  event.type === 'track' ? event.event : event.type === 'page' || event.type === 'screen' ? event.name : event.type;

const outline = ({ event_id, type, name }: CleanEvent) => ({ event_id, type, name });

describe.each(RECORDINGS)('$name', (recording) => {
  it('is taken in whole: every status, event id, type and name', async () => {
    const { statuses, events, quarantined } = await replay(recording);
    const sent = sentEvents(recording);
    const tooLarge = sent.filter((event) => JSON.stringify(event).length > 32 * 1024);
    const expected = sent.filter((event) => !tooLarge.includes(event));
    expect(events.map(outline)).toEqual(
      expected.map((event) => ({ event_id: event.messageId, type: event.type, name: nameOf(event) })),
    );
    expect(quarantined.map(({ reason, event_id }) => [reason, event_id])).toEqual(
      tooLarge.map(({ messageId }) => ['event_too_large', messageId]),
    );
    for (const [index, { request }] of recording.requests.entries()) {
      const large = tooLarge.some(({ messageId }) =>
        String(JSON.stringify(recording.requests[index]?.sent)).includes(String(messageId)),
      );
      expect(statuses[index]).toBe(request.method === 'OPTIONS' ? 204 : large ? 413 : 200);
    }
  });

  it('keeps who and when: identifiers, contacts as tokens, and the time by the client', async () => {
    const { events } = await replay(recording);
    const sent = new Map(sentEvents(recording).map((event) => [event.messageId, event]));
    for (const event of events) {
      const original = sent.get(event.event_id) ?? {};
      const keys = event.identifiers.map(({ type, value }) => `${type}:${value}`);
      if (original.userId) expect(keys[0]).toBe(`user_id:${original.userId}`);
      if (original.anonymousId) expect(keys).toContain(`anonymous_id:${original.anonymousId}`);
      const traits = { ...objectOr(objectOr(original.context).traits), ...objectOr(original.traits) };
      if (event.type === 'identify') {
        expect(keys).toContain(`email:${tokenise('email', String(traits.email))}`);
        if (traits.name !== undefined) expect(event.traits.name).toBe('张三');
      }
      expect(event.occurred_at).toBe(original.timestamp ?? original.originalTimestamp);
      expect(JSON.stringify(event)).not.toContain('a@example.com');
      expect(JSON.stringify(event)).not.toContain('13800000000');
      expect(JSON.stringify(event)).not.toContain('WRITE_KEY');
      expect(event.flags.filter((flag) => !['unplanned_event', 'self_alias', 'late'].includes(flag))).toEqual([]);
    }
  });
});

it('knows all four clients', () => {
  expect(RECORDINGS.length).toBe(37);
  expect(RECORDINGS.flatMap(sentEvents).length).toBeGreaterThan(100);
});

it('gives a retried event the same content and the same time, although it was sent at another', async () => {
  const retry = RECORDINGS.find(({ name }) => name === 'segment-analytics-node/02-500-then-200');
  if (retry === undefined) throw new Error('The recording is gone.');
  const { events } = await replay(retry);
  const [first, second] = events;
  expect(events.length).toBe(2);
  expect(second).toEqual({ ...first, received_at: second?.received_at, request_id: second?.request_id });
  expect(second?.received_at).not.toBe(first?.received_at);
});

it('joins the alias of a server SDK, and leaves the self alias of the browser SDK without effect', async () => {
  const all = await Promise.all(RECORDINGS.map(replay));
  const aliases = all.flatMap(({ events }) => events).filter(({ type }) => type === 'alias');
  expect(aliases.some(({ flags }) => flags.includes('self_alias'))).toBe(true);
  for (const { flags, identifiers } of aliases) {
    const previous = identifiers.some(({ type, value }) => type === 'anonymous_id' && value === 'anon-1');
    if (flags.includes('self_alias')) expect(previous).toBe(false);
  }
  expect(aliases.flatMap(({ identifiers }) => identifiers)).toContainEqual({ type: 'anonymous_id', value: 'anon-1' });
});
