import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isObject } from '../../functions/shared/json.ts';
import { dataFolder } from '../support/data-folder.ts';
import { type Recording, recordingsOf } from '../support/recordings.ts';
import { type Answer, type RunningServer, send, startServer } from '../support/server.ts';

const CLIENTS = ['segment-analytics-node', 'segment-analytics-next', 'rudder-sdk-node', 'rudder-analytics-js'];
/** Bytes above which an event is refused. */
const MAX_EVENT_BYTES = 32 * 1024;

/** A server whose write keys are those of the recordings, so that not a byte of them has to change: of a browser, or a back end. */
async function startRecorded(client: string): Promise<RunningServer> {
  const dir = dataFolder();
  const keys = client.endsWith('-node') ? { server: 'WRITE_KEY_123', pos: 'WK' } : { web: 'WRITE_KEY_123', app: 'WK' };
  mkdirSync(join(dir, 'keys'), { recursive: true });
  writeFileSync(join(dir, 'keys', 'sources.json'), JSON.stringify(keys));
  const server = await startServer({ dir });
  onTestFinished(() => server.stop());
  return server;
}

/** Sends each request of a recording in order, with the recorded method, path, headers and bytes. */
async function replay(server: RunningServer, { requests }: Recording): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { request } of requests) {
    const { method, path, query, headers, body } = request;
    const url = `${server.url}${path}?${new URLSearchParams(query)}`;
    answers.push(await send(url, { method, headers: { ...headers, connection: 'close' }, body }));
  }
  return answers;
}

/** Message id → event, as the client meant to send it; a retry repeats an id. */
function sentEvents({ requests }: Recording): Map<string, Record<string, unknown>> {
  const bodies = requests.map(({ sent }) => sent).filter(isObject);
  const events = bodies.flatMap((body) => (Array.isArray(body.batch) ? body.batch : [body])).filter(isObject);
  return new Map(events.map((event) => [String(event.messageId), event]));
}

const isLarge = (event: unknown): boolean => Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES;

describe.each(CLIENTS)('%s, replayed byte by byte', (client) => {
  const recordings = recordingsOf(client);
  let total = 0;

  it.each(recordings)('$name', async (recording) => {
    const server = await startRecorded(client);
    const sent = sentEvents(recording);
    const small = [...sent].filter(([, event]) => !isLarge(event)).map(([id]) => id);
    // Once as recorded, and once more from its beginning: what an SDK does that saw none of our answers.
    for (const round of [1, 2]) {
      const answers = await replay(server, recording);
      for (const [index, { request, sent: body }] of recording.requests.entries()) {
        const answer = answers[index];
        const items = isObject(body) ? (Array.isArray(body.batch) ? body.batch : [body]) : [];
        const expected = request.method === 'OPTIONS' ? 204 : items.some(isLarge) ? 413 : 200;
        expect({ round, index, status: answer?.status, text: answer?.text }).toMatchObject({ status: expected });
        if (request.headers.origin === undefined) continue;
        expect(answer?.headers['access-control-allow-origin']).toBe(request.headers.origin);
        if (request.method !== 'OPTIONS') continue;
        const asked = (request.headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim());
        const allowed = String(answer?.headers['access-control-allow-headers']).split(', ');
        expect(asked.filter((name) => name !== '' && !allowed.includes(name))).toEqual([]);
      }
    }
    const rows = await server.sql('SELECT event_id, type, name FROM events ORDER BY event_id');
    expect(rows.map(([id]) => id)).toEqual([...small].sort());
    for (const [id, type, name] of rows) {
      const event = sent.get(String(id));
      if (event?.type !== undefined) expect(type).toBe(event.type);
      if (type === 'track') expect(name).toBe(event?.event);
    }
    const { items } = (await server.get('/api/quarantine')).json;
    const refused = items.map((item: { event_id: string; reason: string }) => [item.event_id, item.reason]);
    const large = [...sent].filter(([, event]) => isLarge(event)).map(([id]) => [id, 'event_too_large']);
    expect(refused).toEqual(large);
    total += rows.length;
  });

  it('had events to send', () => {
    expect(total).toBeGreaterThan(10);
  });
});

describe('the person behind a recording', () => {
  it('has name, identifiers and orders as the calls said', async () => {
    const server = await startRecorded('segment-analytics-node');
    const [recording] = recordingsOf('segment-analytics-node');
    if (recording) await replay(server, recording);
    const person = await server.person({ identifier: 'user_id:u-1' });
    expect(person.profile.basic.name?.value).toBe('张三');
    expect(person.profile.behaviour.events_by_name['Order Completed']).toBe(1);
    expect(await server.person({ identifier: 'phone:13800000000' })).toEqual(person);
    expect(await server.person({ identifier: 'email:a@example.com' })).toEqual(person);
  });
});
