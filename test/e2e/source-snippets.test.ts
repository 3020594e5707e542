import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { jitsuAnalytics } from '@jitsu/js';
import { buildSelfDescribingEvent, newTracker } from '@snowplow/node-tracker';
import { PostHog } from 'posthog-node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';

/** It has no types of its own. */
const SensorsAnalytics = createRequire(import.meta.url)('sa-sdk-node');

/** What is printed to be pasted is run as it stands, with the real SDKs. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** A new source of a protocol, and the snippet of one client. */
async function snippetOf(protocol: string, title: string): Promise<string> {
  const definition = {
    ...{ source_id: protocol, name: protocol, channel: 'web', class: 'public', protocol, owner: 'test' },
    ...{ allowed_origins: [], default_region: 'CN', time_zone: 'Asia/Shanghai', reason: 'test' },
  };
  const { json } = await server.post('/api/sources', definition);
  const found = json.connect.snippets.find((snippet: { title: string }) => snippet.title.includes(title));
  return found.text;
}

const arrived = (source: string): Promise<void> =>
  expect
    .poll(() => server.value(`SELECT count(*) FROM events WHERE source_id = '${source}'`), { timeout: 10_000 })
    .toBe(1);

it('PostHog for Node.js', async () => {
  const client = runInNewContext(await snippetOf('posthog', 'posthog-node'), { PostHog });
  client.capture({ distinctId: 'u1', event: 'Signed In' });
  await client.shutdown();
  await arrived('posthog');
});

it('Jitsu', async () => {
  const client = runInNewContext(await snippetOf('jitsu', '@jitsu/js'), { jitsuAnalytics });
  await client.track('Signed In', {});
  await arrived('jitsu');
});

it('Snowplow for Node.js', async () => {
  const tracker = runInNewContext(await snippetOf('snowplow', 'Node.js'), { newTracker });
  const event = { schema: 'iglu:com.acme/signed_in/jsonschema/1-0-0', data: { a: 1 } };
  tracker.track(buildSelfDescribingEvent({ event }));
  tracker.flush();
  await arrived('snowplow');
});

it('神策 for Node.js', async () => {
  const sa = new SensorsAnalytics();
  runInNewContext(await snippetOf('sensors', 'sa-sdk-node'), { sa });
  sa.track('u1', 'SignedIn', {});
  sa.flush?.();
  await arrived('sensors');
});
