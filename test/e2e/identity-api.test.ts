import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { EmbeddedServer } from '../../local/server.ts';
import { dataFolder } from '../support/data-folder.ts';
import { type RunningServer, send, startServer } from '../support/server.ts';
import { EmbeddedTarget } from '../support/target.ts';
import { identityApiSuite } from './identity-api.suite.ts';

let server: RunningServer;
let target: EmbeddedTarget;
beforeAll(async () => {
  server = await startServer();
  target = new EmbeddedTarget(server);
});
afterAll(() => server.stop());

identityApiSuite(() => target);

it('waits, as the collector does, until the sample traffic has gone through', async () => {
  const seeding = await EmbeddedServer.start({ port: 0, dir: dataFolder(), seed: true });
  onTestFinished(() => seeding.close());
  for (const path of ['/api/identity/merge', '/api/persons/p_x/split']) {
    const answer = await send(`${seeding.url}${path}`, { method: 'POST', body: '{}' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' }, json: { error: 'not_ready' } });
  }
});

it('has no write key for the operators: nobody but the API speaks for them', () => {
  expect(Object.keys(server.keys)).not.toContain('operators');
});
