import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../../schemas/profile.ts';
import { blocksOf } from '../support/markdown.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { textOf } from '../support/source-tree.ts';

/** One server for all stories; each uses names that no other does. */
let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const DAY = '2026-11-01';
const at = (hour: number): string => `${DAY}T${String(hour).padStart(2, '0')}:00:00.000Z`;

/** What a person does on the web shop: at an hour, in a browser, signed in or not. */
interface Step {
  readonly hour: number;
  readonly browser: string;
  readonly member?: string;
  readonly does: string;
  readonly properties?: object;
}

function eventOf(story: string, { hour, browser, member, does, properties = {} }: Step): object {
  const who = { anonymousId: browser, ...(member !== undefined && { userId: member }) };
  const base = { messageId: `${story}-${hour}-${browser}-${does}`, timestamp: at(hour), ...who };
  return does === 'identify'
    ? { ...base, type: 'identify', traits: {} }
    : { ...base, type: 'track', event: does, properties };
}
const viewed = (hour: number, browser: string, product_id: string, member?: string): Step => ({
  hour,
  browser,
  ...(member !== undefined && { member }),
  does: 'Product Viewed',
  properties: { product_id },
});

/** Plays the steps, one request each, in the order given. */
async function play(story: string, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const answer = await server.collect('web', eventOf(story, step));
    if (answer.status !== 200) throw new Error(`${step.does} at ${step.hour}: ${answer.text}`);
  }
}

const personOf = (identifier: string): Promise<Person> => server.person({ identifier });
const keysOf = ({ identifiers }: Person): string[] => identifiers.map(({ key }) => key).sort();

/** What a person did, oldest first: hour and name. */
async function historyOf(identifier: string): Promise<string[]> {
  const { one_id } = await personOf(identifier);
  const { json } = await server.get(`/api/persons/${one_id}/events`);
  const events: { occurred_at: string; name: string }[] = json.events;
  return events.toReversed().map(({ occurred_at, name }) => `${occurred_at.slice(11, 13)} ${name}`);
}

async function deviceOf(identifier: string) {
  const answer = await server.get(`/api/devices/${encodeURIComponent(identifier)}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.json;
}
const intervals = (device: { ownership: Record<string, string | null>[] }): unknown[] =>
  device.ownership.map(({ owner, valid_from, valid_to, ended_with }) => [
    owner,
    valid_from?.slice(11, 13),
    valid_to?.slice(11, 13) ?? null,
    ended_with,
  ]);

/** Four orders of arrival: as it happened, backwards, and two mixed ones. */
const orders = <T>(list: readonly T[]): T[][] => [
  [...list],
  list.toReversed(),
  [...list.filter((_, n) => n % 2 === 1), ...list.filter((_, n) => n % 2 === 0)],
  [...list.slice(list.length >> 1), ...list.slice(0, list.length >> 1)],
];

describe('anonymous first, then a login', () => {
  const steps = (n: number): Step[] => [
    viewed(1, `home-${n}`, 'sku-1'),
    viewed(2, `home-${n}`, 'sku-2'),
    { hour: 3, browser: `home-${n}`, member: `li-${n}`, does: 'Signed In' },
    viewed(4, `home-${n}`, 'sku-3', `li-${n}`),
  ];

  it.each([0, 1, 2, 3])('is one person with the whole history in order, in arrival order %i', async (n) => {
    await play(`first-${n}`, orders(steps(n))[n] ?? []);
    const li = await personOf(`user_id:li-${n}`);
    expect(keysOf(li)).toEqual([`anonymous_id:home-${n}`, `user_id:li-${n}`]);
    expect((await personOf(`anonymous_id:home-${n}`)).one_id).toBe(li.one_id);
    expect(await historyOf(`user_id:li-${n}`)).toEqual([
      '01 Product Viewed',
      '02 Product Viewed',
      '03 Signed In',
      '04 Product Viewed',
    ]);
    expect(li.profile.behaviour.events_by_name).toEqual({ 'Product Viewed': 3, 'Signed In': 1 });
    expect(li).not.toHaveProperty('shared_devices');
    expect(await deviceOf(`anonymous_id:home-${n}`)).toMatchObject({
      one_id: li.one_id,
      shared: false,
      shared_with: [],
      anonymous_events: 2,
      ownership: [{ owner: `user_id:li-${n}`, one_id: li.one_id, valid_to: null, began_with: 'login' }],
    });
  });

  it('reaches over to a second device once the member signs in there', async () => {
    await play('second', [
      viewed(1, 'phone', 'sku-1'),
      { hour: 2, browser: 'phone', member: 'chen', does: 'identify' },
      viewed(3, 'laptop', 'sku-2'),
      { hour: 4, browser: 'laptop', member: 'chen', does: 'Signed In' },
    ]);
    const chen = await personOf('user_id:chen');
    expect(keysOf(chen)).toEqual(['anonymous_id:laptop', 'anonymous_id:phone', 'user_id:chen']);
    expect(await historyOf('anonymous_id:laptop')).toEqual([
      '01 Product Viewed',
      '02 identify',
      '03 Product Viewed',
      '04 Signed In',
    ]);
    expect(intervals(await deviceOf('anonymous_id:phone'))).toEqual([['user_id:chen', '02', null, null]]);
    expect(intervals(await deviceOf('anonymous_id:laptop'))).toEqual([['user_id:chen', '04', null, null]]);
  });
});

describe('a tablet that a family shares', () => {
  const steps = (n: number): Step[] => {
    const [browser, mother, father] = [`tablet-${n}`, `mother-${n}`, `father-${n}`];
    return [
      viewed(1, browser, 'toy'),
      { hour: 2, browser, member: mother, does: 'Signed In' },
      viewed(3, browser, 'dress', mother),
      { hour: 4, browser, member: mother, does: 'Signed Out' },
      viewed(5, browser, 'book'),
      { hour: 6, browser, member: father, does: 'Signed In' },
      viewed(7, browser, 'drill', father),
    ];
  };

  it.each([0, 1, 2, 3])(
    'belongs to itself; both keep what they did while signed in, in arrival order %i',
    async (n) => {
      await play(`family-${n}`, orders(steps(n))[n] ?? []);
      const [mother, father, tablet] = await Promise.all(
        [`user_id:mother-${n}`, `user_id:father-${n}`, `anonymous_id:tablet-${n}`].map(personOf),
      );
      if (!mother || !father || !tablet) throw new Error('somebody is missing');
      expect(new Set([mother.one_id, father.one_id, tablet.one_id]).size).toBe(3);
      expect(tablet).toMatchObject({ shared: true, profile: { behaviour: { events: 2 } } });
      expect(await historyOf(`user_id:mother-${n}`)).toEqual(['02 Signed In', '03 Product Viewed', '04 Signed Out']);
      expect(await historyOf(`user_id:father-${n}`)).toEqual(['06 Signed In', '07 Product Viewed']);
      expect(await historyOf(`anonymous_id:tablet-${n}`)).toEqual(['01 Product Viewed', '05 Product Viewed']);
      expect([mother.shared_devices, father.shared_devices]).toEqual([
        [tablet.identifiers[0]?.key],
        [tablet.identifiers[0]?.key],
      ]);

      const device = await deviceOf(`anonymous_id:tablet-${n}`);
      const both = [
        { one_id: mother.one_id, identifiers: [`user_id:mother-${n}`] },
        { one_id: father.one_id, identifiers: [`user_id:father-${n}`] },
      ].sort((a, b) => (a.one_id < b.one_id ? -1 : 1));
      expect(device).toMatchObject({ shared: true, one_id: tablet.one_id, shared_with: both, shared_with_more: false });
      expect(device.anonymous_events).toBe(2);
      expect(intervals(device)).toEqual([
        [`user_id:mother-${n}`, '02', '04', 'logout'],
        [`user_id:father-${n}`, '06', null, null],
      ]);
      expect(device.ownership.map(({ one_id }: { one_id: string }) => one_id)).toEqual([mother.one_id, father.one_id]);
    },
  );

  it('is listed among the shared devices, and explains why it joins nobody', async () => {
    const [row] = await server.sql(
      `SELECT people, anonymous_events FROM shared_devices WHERE identifier = 'anonymous_id:tablet-0'`,
    );
    expect(row).toEqual([2, 2]);
    const { one_id } = await personOf('user_id:mother-0');
    const { json } = await server.get(`/api/persons/${one_id}/explain?from=user_id:mother-0&to=anonymous_id:tablet-0`);
    expect(json).toMatchObject({ same_person: false, path: [] });
    expect(json.rejected[0]).toMatchObject({
      reason: 'shared',
      detail: expect.stringMatching(
        /^anonymous_id:tablet-0 is shared: it was seen with user_id:\S+ and with user_id:\S+$/,
      ),
    });
  });

  it('lets anonymous events be told apart by whose stay they fall into, as the guide does', async () => {
    const [browser, member] = ['guide-tablet', 'guide-member'];
    await play('guide', [
      viewed(1, browser, 'before'),
      { hour: 2, browser, member, does: 'Signed In' },
      viewed(3, browser, 'meanwhile'),
      { hour: 4, browser, does: 'Signed Out' },
      viewed(5, browser, 'after'),
      { hour: 6, browser, member: 'guide-other', does: 'Signed In' },
    ]);
    const [query = ''] = blocksOf(textOf('docs/how-to/recognise-logins.md'), 'sql');
    const { one_id } = await personOf(`user_id:${member}`);
    expect((await server.sql(query)).filter(([id]) => id === one_id)).toEqual([[one_id, 1]]);
  });
});

/** Published as Mautic issue #5495: the second of two known contacts who uses a computer is merged into the first. */
describe('two members whom we know already, at one computer (Mautic #5495)', () => {
  it.each(['one after the other', 'the other way round'])('are not merged, %s', async (order) => {
    const n = order === 'one after the other' ? 'a' : 'b';
    const [anna, ben] = [`anna-${n}`, `ben-${n}`];
    const crm = [anna, ben].map((userId) => ({
      type: 'identify',
      messageId: `crm-${userId}`,
      userId,
      timestamp: at(0),
      traits: { email: `${userId}@example.com`, name: userId },
    }));
    expect((await server.collect('crm', crm)).status).toBe(200);
    const steps: Step[] = [
      { hour: 1, browser: `office-${n}`, member: anna, does: 'identify' },
      { hour: 2, browser: `office-${n}`, member: ben, does: 'identify' },
      viewed(3, `office-${n}`, 'desk', ben),
    ];
    await play(`office-${n}`, n === 'a' ? steps : steps.toReversed());
    const people = await Promise.all([personOf(`user_id:${anna}`), personOf(`user_id:${ben}`)]);
    expect(people.map(({ profile }) => profile.basic.name?.value)).toEqual([anna, ben]);
    expect(people.map(({ identifiers }) => identifiers.map(({ value }) => value).sort())).toEqual([
      [anna, `${anna}@example.com`],
      [ben, `${ben}@example.com`],
    ]);
    expect(await historyOf(`user_id:${ben}`)).toEqual(['00 identify', '02 identify', '03 Product Viewed']);
    expect(intervals(await deviceOf(`anonymous_id:office-${n}`))).toEqual([
      [`user_id:${anna}`, '01', '02', 'other_login'],
      [`user_id:${ben}`, '02', null, null],
    ]);
  });
});

describe('GET /api/devices', () => {
  it.each([
    ['user_id:chen', 400, 'not_a_device'],
    ['anonymous_id:nobody', 404, 'identifier_not_found'],
    ['tablet', 400, 'invalid_identifier'],
  ])('refuses %s and says why', async (identifier, status, error) => {
    const answer = await server.get(`/api/devices/${encodeURIComponent(identifier)}`);
    expect({ status: answer.status, error: answer.json.error }).toEqual({ status, error });
  });
});
