import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oneId } from '../../functions/shared/identity/resolve.ts';
import { type RunningServer, startServer } from '../support/server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const anna = { 'x-operator': 'anna' };
let sent = 0;
const track = (event: string, who: object): object => ({ type: 'track', event, messageId: `e${++sent}`, ...who });

const personOf = async (identifier: string) => {
  const { one_id, identifiers, profile } = await server.person({ identifier });
  return { one_id, keys: identifiers.map(({ key }) => key).sort(), events: profile.behaviour.events };
};

describe('POST /api/persons/<one_id>/split', () => {
  const split = (one_id: string, identifiers: readonly string[], more: object = {}) =>
    server.post(`/api/persons/${one_id}/split`, { identifiers, reason: 'sold the phone', ...more }, anna);

  /** phone–cookie–member, and phone–member too. */
  async function chain(n: number): Promise<{ one_id: string; phone: string; cookie: string; user: string }> {
    const [phone, cookie, user] = [`1390013900${n}`, `k${n}`, `k-m${n}`];
    await server.collect('server', [
      track('Signed In', { anonymousId: cookie, context: { traits: { phone } } }),
      track('Signed In', { anonymousId: cookie, userId: user }),
      track('Signed In', { userId: user, context: { traits: { phone } } }),
    ]);
    const { one_id, keys } = await personOf(`user_id:${user}`);
    expect(keys).toHaveLength(3);
    return { one_id, phone: `phone:${phone}`, cookie: `anonymous_id:${cookie}`, user: `user_id:${user}` };
  }

  it.each(['phone', 'cookie', 'user'] as const)(
    'cuts the %s out of a chain, and leaves the other two together',
    async (which) => {
      const all = await chain(['phone', 'cookie', 'user'].indexOf(which) + 1);
      const answer = await split(all.one_id, [all[which]]);
      expect(answer.status).toBe(202);
      const rest = (['phone', 'cookie', 'user'] as const).filter((name) => name !== which).map((name) => all[name]);
      const cut = await personOf(all[which]);
      expect(cut.keys).toHaveLength(1);
      const remaining = await Promise.all(rest.map(personOf));
      expect(remaining[0]).toEqual(remaining[1]);
      expect(remaining[0]?.keys).toHaveLength(2);
      expect(remaining[0]?.keys).not.toContain(cut.keys[0]);
      expect(remaining[0]?.one_id).not.toBe(cut.one_id);
      // Both are named after their own founders, and no event was lost.
      expect(cut.one_id).toBe(oneId(cut.keys[0] ?? ''));
      expect(cut.events + (remaining[0]?.events ?? 0)).toBe(3);
      const again = await split(remaining[0]?.one_id ?? '', [all[which]]);
      expect(again).toMatchObject({ status: 409, json: { error: 'not_in_person' } });
    },
  );

  it('keeps together what is cut out together', async () => {
    const all = await chain(4);
    expect((await split(all.one_id, [all.phone, all.cookie])).json.parted).toHaveLength(2);
    expect((await personOf(all.phone)).keys).toEqual((await personOf(all.cookie)).keys);
    expect((await personOf(all.user)).keys).toEqual([all.user]);
  });

  it('refuses what would leave nothing, and a time', async () => {
    const all = await chain(5);
    const everything = await split(all.one_id, [all.phone, all.cookie, all.user]);
    expect(everything).toMatchObject({ status: 409, json: { error: 'nothing_remains' } });
    expect(await split(all.one_id, [all.phone], { timestamp: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 400 });
    expect(await split('p_nobody', [all.phone])).toMatchObject({ status: 404, json: { error: 'person_not_found' } });
  });
});
