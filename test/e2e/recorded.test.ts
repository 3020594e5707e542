import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRoutes } from '../../functions/collect/routes.ts';
import { RECORDED } from '../support/protocol-seeds.ts';
import type { RecordedClient } from '../support/recorded-client.ts';
import { type Recording, recordingsOf } from '../support/recordings.ts';
import { type RunningServer, startServer } from '../support/server.ts';

/** Set by whoever sends a request, not by what it says. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'accept-encoding']);

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** Aliases stand for public sources only: nobody knows the secrets that the other recordings were made with. */
const CLIENTS = [...RECORDED].flatMap(([protocol, clients]) =>
  clients.filter(({ source }) => source.class !== 'signed').map((client) => ({ protocol, client })),
);

/** A source of its own for each recording, which the client's own settings name. */
async function addSource(protocol: string, client: RecordedClient, recording: Recording) {
  const source_id = recording.name
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/-$/, '');
  const origins = [...new Set(recording.requests.flatMap(({ request }) => request.headers.origin ?? []))];
  const { app_id, mapping } = client.source;
  // Where the recorded address belongs to all sources, the client names its own in a header.
  const isNamed = !client.keys.some((key) => key.startsWith('path:') && findRoutes(key.slice(5)).length > 0);
  const answer = await server.post('/api/sources', {
    source_id,
    name: recording.name.slice(0, 100),
    owner: 'tests',
    channel: 'web',
    class: 'public',
    protocol,
    default_region: 'CN',
    time_zone: 'Asia/Shanghai',
    allowed_origins: origins,
    aliases: isNamed ? client.keys.map((key) => (key.includes(':') ? key : `${protocol}:${key}`)) : [],
    ...(app_id !== undefined && { app_id }),
    ...(mapping !== undefined && { mapping }),
    reason: 'A recording is sent again.',
  });
  expect(answer.status, answer.text).toBe(201);
  const headers: Record<string, string> = isNamed ? {} : { 'x-write-key': answer.json.key };
  return { id: source_id, headers };
}

/** Aliases are free again for the next recording of the client. */
const removeAliases = (id: string) =>
  server.send(`/api/sources/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ aliases: [], reason: 'The recording was sent.' }),
  });

describe.each(CLIENTS)('$client.client, over HTTP', ({ protocol, client }) => {
  it.each(recordingsOf(client.client))('$name', async (recording) => {
    const { id, headers: own } = await addSource(protocol, client, recording);
    const statuses: number[] = [];
    for (const { request } of recording.requests) {
      const { method, headers, body } = request;
      const query = request.rawQuery ?? new URLSearchParams(request.query).toString();
      const sent = Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name)));
      const path = `${request.path}${query === '' ? '' : `?${query}`}`;
      const answer = await server.send(path, {
        method,
        headers: { ...sent, ...own },
        ...(body.length > 0 && { body }),
      });
      // At its root the embedded server has its page; the probe of a client wants no more than that somebody is there.
      statuses.push(request.path === '/' && answer.status === 200 ? 204 : answer.status);
    }
    await removeAliases(id);
    expect(statuses).toEqual(client.statuses(recording));
    const rows = await server.sql(
      `SELECT type, name, count(DISTINCT event_id) FROM events WHERE source_id = '${id}' GROUP BY type, name`,
    );
    const found = rows.map(([type, name, count]) => `${count} ${type} ${name}`).sort();
    const expected = new Map<string, number>();
    for (const { type, name } of client.events(recording)) {
      expected.set(`${type} ${name}`, (expected.get(`${type} ${name}`) ?? 0) + 1);
    }
    expect(found).toEqual(Array.from(expected, ([event, count]) => `${count} ${event}`).sort());
    const doubled = await server.sql(
      `SELECT event_id FROM events WHERE source_id = '${id}' GROUP BY event_id HAVING count(*) > 1`,
    );
    expect(doubled).toEqual([]);
  });
});
