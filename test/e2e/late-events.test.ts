import { afterAll, beforeAll } from 'vitest';
import { type RunningServer, startServer } from '../support/server.ts';
import { EmbeddedTarget } from '../support/target.ts';
import { lateEventsSuite } from './late-events.suite.ts';

let server: RunningServer;
let target: EmbeddedTarget;
beforeAll(async () => {
  server = await startServer();
  target = new EmbeddedTarget(server);
});
afterAll(() => server.stop());

lateEventsSuite(() => target);
