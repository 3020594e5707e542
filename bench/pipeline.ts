import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { percentile } from './measure.ts';
import type { ServerAddress, ServerFacts } from './server.ts';
import { batchBodies, retailTraffic } from './traffic.ts';

/** Connections of the client that sends batches. */
const CONNECTIONS = 8;
/** Events whose way to a queryable person is timed, and for how long traffic flows beside them at most. */
const PROBES = 300;
const MAX_LATENCY_SECONDS = 30;
/** Events sent before the clock starts, so that what is measured is a server that has been up for some seconds. */
const WARM_UP_EVENTS = 5_000;

interface Reply {
  readonly status: number;
  readonly text: string;
}

/** A client with keep-alive, in this process; the server is in another one. */
function clientOf({ url, key }: ServerAddress): (path: string, body?: Buffer) => Promise<Reply> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
  return (path, body) =>
    new Promise((resolve, reject) => {
      const headers = { authorization, 'content-type': 'application/json', 'content-length': body?.byteLength ?? 0 };
      const sent = request(`${url}${path}`, { agent, method: body ? 'POST' : 'GET', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
}

type Client = ReturnType<typeof clientOf>;

/** Runs the work against a server in a process of its own, whose cost is counted between the two calls of the work. */
async function withServer<T>(
  work: { warmUp(client: Client): Promise<void>; measured(client: Client): Promise<T> },
  nodeOptions: readonly string[] = [],
): Promise<T & { server: ServerFacts }> {
  const child = fork(new URL('tasks.ts', import.meta.url), ['server', '{}'], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...nodeOptions],
  });
  try {
    const [address] = (await once(child, 'message')) as [ServerAddress | { error: string }];
    if ('error' in address) throw new Error(address.error);
    const client = clientOf(address);
    await work.warmUp(client);
    child.send('begin');
    const outcome = await work.measured(client);
    child.send('end');
    const [reply] = (await once(child, 'message')) as [{ result: ServerFacts } | { error: string }];
    if ('error' in reply) throw new Error(reply.error);
    if (child.exitCode === null) await once(child, 'exit');
    return { ...outcome, server: reply.result };
  } finally {
    child.kill();
  }
}

async function sendAll(bodies: readonly Buffer[], client: Client): Promise<void> {
  const waiting = bodies[Symbol.iterator]();
  const send = async (): Promise<void> => {
    for (const body of waiting) {
      let reply = await client('/v1/batch', body);
      while (reply.status === 503) {
        await wait(50);
        reply = await client('/v1/batch', body);
      }
      if (reply.status !== 200) throw new Error(`The collector answered ${reply.status}: ${reply.text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
}

async function sql(statement: string, client: Client): Promise<unknown[]> {
  const reply = await client('/api/sql', Buffer.from(JSON.stringify({ sql: statement })));
  if (reply.status !== 200) throw new Error(`SQL answered ${reply.status}: ${reply.text.slice(0, 300)}`);
  return (JSON.parse(reply.text) as { rows: unknown[][] }).rows[0] ?? [];
}

export interface PipelineRun {
  readonly seconds: number;
  /** Until every request had its 2xx, i.e. was on the disk. */
  readonly acknowledgedSeconds: number;
  readonly persons: number;
  /** Events in the data folder at the end. */
  readonly stored: number;
  readonly server: ServerFacts;
}

/**
 * The whole way over real HTTP: batches to the collector until the events are rows in the lake and the profiles are
 * readable, each counted by SQL. The server is an own process; this one is the client.
 */
export function runPipeline(
  { events, batch }: { events: number; batch: number },
  nodeOptions: readonly string[] = [],
): Promise<PipelineRun> {
  const start = Date.now() - 3_600_000;
  const bodies = batchBodies(retailTraffic({ start, events }), batch);
  const warm = batchBodies(retailTraffic({ start, events: WARM_UP_EVENTS, seed: 2 }), batch);
  const totals = async (client: Client): Promise<number[]> => {
    const counted =
      '(SELECT count(*) FROM events), (SELECT sum(events) FROM profiles), (SELECT count(*) FROM profiles)';
    return (await sql(`SELECT ${counted}`, client)).map(Number);
  };
  const measured = async (client: Client) => {
    const started = performance.now();
    await sendAll(bodies, client);
    const acknowledgedSeconds = (performance.now() - started) / 1000;
    const [rows, inProfiles, persons = 0] = await totals(client);
    const seconds = (performance.now() - started) / 1000;
    const wanted = events + WARM_UP_EVENTS;
    if (rows !== wanted || inProfiles !== wanted) {
      throw new Error(`The lake has ${rows} events, its profiles ${inProfiles}; ${wanted} were sent.`);
    }
    return { seconds, acknowledgedSeconds, persons, stored: wanted };
  };
  const warmUp = async (client: Client): Promise<void> => {
    await sendAll(warm, client);
    await totals(client);
  };
  return withServer({ warmUp, measured }, nodeOptions);
}

export interface LatencyRun {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly background_events_per_second: number;
}

/**
 * From sending one event of a new visitor until `GET /api/persons` shows its person, while `background` events a second
 * flow through in batches of 100.
 */
export async function runLatency(background: number): Promise<LatencyRun> {
  const start = Date.now() - 60_000;
  const traffic = batchBodies(retailTraffic({ start, events: background * MAX_LATENCY_SECONDS }), 100);
  const measured = async (client: Client) => {
    let stopped = false;
    const flow = async (): Promise<void> => {
      const started = performance.now();
      for (const [index, body] of traffic.entries()) {
        if (stopped) return;
        await wait(Math.max(0, started + (index * 100_000) / background - performance.now()));
        await sendAll([body], client);
      }
    };
    const flowing = flow();
    const times: number[] = [];
    for (let n = 0; n < PROBES; n += 1) times.push(await untilPerson(`probe-${n}`, client));
    stopped = true;
    await flowing;
    return { times };
  };
  const warmUp = async (client: Client): Promise<void> => {
    for (let n = 0; n < PROBES; n += 1) await untilPerson(`warm-up-${n}`, client);
  };
  const { times } = await withServer({ warmUp, measured });
  return { p50_ms: percentile(times, 0.5), p99_ms: percentile(times, 0.99), background_events_per_second: background };
}

/** Sends one event of a new visitor and asks for its person until it is there; milliseconds. */
async function untilPerson(anonymousId: string, client: Client): Promise<number> {
  const properties = { product_id: 'sku-1', name: '一川 跑步鞋 1', price: 199, currency: 'CNY' };
  const event = { anonymousId, event: 'Product Viewed', properties, messageId: `message-${anonymousId}` };
  const started = performance.now();
  const sent = await client('/v1/track', Buffer.from(JSON.stringify(event)));
  if (sent.status !== 200) throw new Error(`The collector answered ${sent.status}: ${sent.text.slice(0, 300)}`);
  for (;;) {
    const { status } = await client(`/api/persons?identifier=anonymous_id:${anonymousId}`);
    if (status === 200) return performance.now() - started;
    if (status !== 404) throw new Error(`GET /api/persons answered ${status}.`);
  }
}
