import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../schemas/profile.ts';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
  const traits = { name: '王五', email: 'a@example.com' };
  await server.collect('web', { type: 'identify', userId: 'm1', anonymousId: 'c1', messageId: 'i', traits });
});
afterAll(() => server.stop());

describe('a person', () => {
  it('searches by what stands in no URL, and repeats no value that it did not find', async () => {
    const search = (...identifiers: unknown[]) => server.post('/api/persons/search', { identifiers });
    const found = async (...identifiers: unknown[]) => (await search(...identifiers)).json.persons;
    expect(await found('phone:138 9999 0000')).toEqual([]);
    expect((await server.get('/api/persons?identifier=phone:13899990000')).text).not.toContain('9999');
    const member = await server.person({ identifier: 'user_id:m1' });
    const email = await found('email:A@EXAMPLE.com');
    expect(email).toMatchObject([{ identifiers: [{ type: 'email', value: 'a@example.com' }] }]);
    // What it cannot be is passed over; two identifiers of one person are one person.
    const both = await found('phone:12', 'user_id: m1', 'email:a@example.com', 'anonymous_id:c1');
    expect(both.map((person: Person) => person.one_id)).toEqual([member.one_id, email[0].one_id]);
    const odd = [[], [7], ['nothing'], ['phone:12'], Array(11).fill('user_id:m1')];
    expect(await Promise.all(odd.map(async (each) => (await search(...each)).status))).toEqual(odd.map(() => 400));
    expect((await server.post('/api/persons/search', 'none')).status).toBe(400);
    expect((await search(`user_id:${'x'.repeat(5000)}`)).status).toBe(413);
  });

  it('says why an identifier is a person of its own', async () => {
    const seen = (userId: string) => ({
      type: 'track',
      event: 'Signed In',
      userId,
      context: { device: { id: 'till-9' } },
    });
    await server.collect(
      'server',
      [seen('till1'), seen('till2')].map((event, n) => ({ ...event, messageId: `till${n}` })),
    );
    expect(await server.person({ identifier: 'device_id:till-9' })).toMatchObject({ shared: true, isolated: 'shared' });
    expect(await server.person({ identifier: 'user_id:till1' })).not.toHaveProperty('isolated');
  });
});
