import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';
import { EmbeddedTarget } from '../support/target.ts';
import { malformedSuite, nodeSdkSuite } from './sdk-node.suite.ts';

const EVENTS = 10_000;

let server: RunningServer;
let target: EmbeddedTarget;
beforeAll(async () => {
  server = await startServer();
  target = new EmbeddedTarget(server);
});
afterAll(() => server.stop());

nodeSdkSuite(() => target, EVENTS);

it('counts what the SDK sent at each stage', async () => {
  expect((await server.get('/api/quarantine')).json.items).toEqual([]);
  const { json: stats } = await server.get('/api/stats');
  expect(stats.stages).toMatchObject({
    collect: { accepted: EVENTS, refused: 0 },
    clean: { events: EVENTS, quarantined: 0 },
    stitch: { events: EVENTS, duplicates: 0 },
  });
  expect(await server.value('SELECT sum(events) FROM profiles')).toBe(EVENTS);
});

malformedSuite(() => target);
