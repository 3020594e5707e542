import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedServer } from '../../local/server.ts';
import { people, traitsOf } from '../support/match-people.ts';
import { Client } from '../support/server.ts';
import { ROOT } from '../support/source-tree.ts';

const dir = mkdtempSync(join(tmpdir(), 'oneriver-match-'));
let embedded: EmbeddedServer;
let server: Client;

const wecom = (id: string): string => `external_userid:corp1:${id}`;
const member = (id: string): string => `user_id:${id}`;
/** What WeCom says of a customer: it knows no member id. */
const fromWecom = (id: string, traits: object, more: object = {}): object => ({
  type: 'identify',
  messageId: `w-${id}`,
  traits,
  context: { externalIds: [{ type: 'external_userid', scope: 'corp1', id }], ...more },
});
const fromShop = (id: string, traits: object, more: object = {}): object => ({
  type: 'identify',
  messageId: `m-${id}`,
  userId: id,
  traits,
  context: more,
});

/** The same human in both systems, or two who look alike: what the shop says, and what WeCom says. */
const PAIRS = {
  traditional: [
    { name: '欧阳静', birthday: '1981-04-22', gender: 'female', address: { city: '苏州' } },
    { name: '歐陽靜', birthday: '1981-04-22', gender: 'female', address: { city: '苏州' } },
  ],
  pinyin: [
    { name: '王小明', birthday: '1988-03-12', gender: 'male', address: { city: '杭州' } },
    { name: 'Wang Xiaoming', birthday: '1988-12-03', gender: 'male', address: { city: '杭州' } },
  ],
  likely: [
    { name: '王小东', birthday: '1979-03-12', gender: 'male', address: { city: '杭州' } },
    { name: '王小军', birthday: '1979-06-12', gender: 'male', address: { city: '杭州' } },
  ],
  homophone: [
    { name: '周海燕', gender: 'female', address: { city: '苏州' } },
    { name: '周海艳', address: { city: '成都' } },
  ],
  otherGender: [
    { name: '徐静', gender: 'female', address: { city: '苏州' } },
    { name: '徐静', gender: 'male', address: { city: '苏州' } },
  ],
  namesake: [
    { name: '赵雪梅', birthday: '1975-02-15', gender: 'female', address: { city: '苏州' } },
    { name: '趙雪梅', birthday: '1995-11-18', gender: 'female', address: { city: '成都' } },
  ],
} as const;
type Pair = keyof typeof PAIRS;

const personOf = (identifier: string) => server.person({ identifier });
const areOne = async (a: string, b: string): Promise<boolean> =>
  (await personOf(a)).one_id === (await personOf(b)).one_id;
const pairIsOne = (name: Pair): Promise<boolean> => areOne(member(name), wecom(name));
const link = async () => (await server.post('/api/matches/link', {})).json;
const open = async (status = 'open') => (await server.get(`/api/matches?status=${status}`)).json.matches;
const reviewOf = async (name: Pair) =>
  (await open('all')).find((review: { b: string }) => review.b === member(name)) ?? {};

const POPULATION = people(360);
const before: Record<string, unknown> = {};
let report: Record<string, unknown>;

beforeAll(async () => {
  embedded = await EmbeddedServer.start({ port: 0, dir, seed: false });
  await embedded.ready;
  server = new Client(embedded.url, embedded.app.sources.keys());
  const known = POPULATION.flatMap((human, at) => [
    fromShop(`p${at}`, traitsOf(human.member)),
    ...(human.elsewhere ? [fromWecom(`p${at}`, traitsOf(human.elsewhere))] : []),
  ]);
  const twin = { name: '唐双双', birthday: '1990-10-10', gender: 'female', address: { city: '南京' } };
  const special = Object.entries(PAIRS).flatMap(([id, [shop, other]]) => [fromShop(id, shop), fromWecom(id, other)]);
  const events = [...known, ...special, fromShop('twin1', twin), fromShop('twin2', twin)];
  expect((await server.collect('crm', events)).json).toMatchObject({ accepted: events.length });
  for (const key of [member('traditional'), wecom('traditional')]) before[key] = await personOf(key);
  expect(await link()).toMatchObject({ error: 'cannot_match' });
  const trained = (await server.post('/api/matches/train', {})).json;
  expect(trained).toMatchObject({ model: expect.stringMatching(/^[\da-f]{12}$/), persons: events.length });
  report = await link();
});

afterAll(async () => {
  await embedded.close();
  rmSync(dir, { recursive: true, force: true });
});

describe('linking the persons of the lake, without labels', () => {
  it('joins who is in two systems, with names in other writing and mistyped dates, and nobody else', async () => {
    const doubles = POPULATION.flatMap(({ elsewhere }, at) => (elsewhere ? [at] : []));
    const wrong = [];
    for (const at of doubles) {
      const { identifiers } = await personOf(wecom(`p${at}`));
      const keys = identifiers.map(({ key }) => key).sort();
      if (keys.join() !== [wecom(`p${at}`), member(`p${at}`)].join()) wrong.push(keys);
    }
    expect(wrong).toEqual([]);
    expect([await pairIsOne('traditional'), await pairIsOne('pinyin'), await pairIsOne('likely')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(report).toMatchObject({ linked: doubles.length + 3 });
  });

  it('leaves namesakes alone, and never proposes two member ids, however alike', async () => {
    expect(await pairIsOne('namesake')).toBe(false);
    expect(await areOne(member('twin1'), member('twin2'))).toBe(false);
    const named = (await open('all')).map(({ a, b }: { a: string; b: string }) => `${a} ${b}`).join();
    expect(named).not.toMatch(/twin|namesake/);
  });

  it('keeps each link as evidence with its model and score, in the audit too', async () => {
    const [a, b] = [wecom('traditional'), member('traditional')];
    const { one_id } = await personOf(a);
    const { path } = (await server.get(`/api/persons/${one_id}/explain?from=${a}&to=${b}`)).json;
    expect(path).toMatchObject([{ kind: 'probabilistic', source_id: 'matching', model: report.model }]);
    const { audit } = (await server.get(`/api/audit?identifier=${a}`)).json;
    expect(audit).toMatchObject([{ action: 'match', actor: 'source:matching', model: report.model }]);
    expect(audit[0].why).toMatch(/ agree\.$/);
    expect(audit[0].why).not.toMatch(/静|靜|苏州/);
  });

  it('finds nothing new the second time, over the command line as well', async () => {
    const run = promisify(execFile);
    const args = ['--disable-warning=ExperimentalWarning', 'local/match.ts', 'link', '--data', dir];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT });
    expect(JSON.parse(stdout)).toMatchObject({ linked: 0, queued: 0 });
    const wrong = run(process.execPath, [...args.slice(0, -1), join(dir, 'nowhere')], { cwd: ROOT });
    await expect(wrong).rejects.toMatchObject({ stderr: expect.stringContaining('There is no data in') });
  });
});

describe('the review queue', () => {
  it('shows both sides and how the score came about, as the OpenAPI document says', async () => {
    const { review_id, confidence } = await reviewOf('homophone');
    expect(confidence).toBeGreaterThanOrEqual(0.7);
    expect(confidence).toBeLessThan(0.95);
    const { json: document } = await server.get('/api/openapi.json');
    const { json } = await server.get(`/api/matches/${review_id}`);
    const schema = document.paths['/api/matches/{review_id}'].get.responses['200'].content['application/json'].schema;
    expect([...Compile(schema as TSchema).Errors(json)]).toEqual([]);
    expect(json).toMatchObject({
      status: 'open',
      may_join: true,
      same_person: false,
      left: { identifier: wecom('homophone'), record: { name: '周海艳' } },
      right: { identifier: member('homophone'), record: { name: '周海燕' } },
    });
    const { contributions, priorBits, lookalikeBits, bits } = json.waterfall;
    const sum = contributions.reduce(
      (total: number, one: { bits: number; frequencyBits: number }) => total + one.bits + one.frequencyBits,
      priorBits + lookalikeBits,
    );
    expect(sum).toBeCloseTo(bits, 6);
    const svg = await server.get(`/api/matches/${review_id}/waterfall.svg`);
    expect(svg.headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect(svg.text).toMatch(/^<svg .*name \(last\): exact/);
    expect((await server.get('/api/matches/nobody')).status).toBe(404);
    expect((await server.get('/api/matches?status=perhaps')).status).toBe(400);
  });

  it('accepted: they are one person, and it says who said so and why', async () => {
    const { review_id } = await reviewOf('homophone');
    expect((await server.post(`/api/matches/${review_id}/accept`, {})).status).toBe(400);
    const answer = await server.post(
      `/api/matches/${review_id}/accept`,
      { reason: 'She showed both cards' },
      { 'x-operator': 'anna' },
    );
    expect(answer).toMatchObject({ status: 202, json: { action: 'bind', by: 'anna' } });
    expect(await pairIsOne('homophone')).toBe(true);
    expect(await reviewOf('homophone')).toMatchObject({ status: 'accepted', decided_by: 'anna' });
  });

  it('rejected: they stay apart for good, until somebody decides otherwise', async () => {
    const { review_id } = await reviewOf('otherGender');
    const decide = (decision: string) =>
      server.post(`/api/matches/${review_id}/${decision}`, { reason: 'asked both' }, { 'x-operator': 'bo' });
    expect((await decide('reject')).status).toBe(202);
    expect(await reviewOf('otherGender')).toMatchObject({ status: 'rejected', decided_by: 'bo', why: 'asked both' });
    expect(await link()).toMatchObject({ linked: 0, queued: 0 });
    expect(await pairIsOne('otherGender')).toBe(false);
    expect((await decide('accept')).status).toBe(202);
    expect(await pairIsOne('otherGender')).toBe(true);
    expect((await decide('reject')).status).toBe(202);
    expect(await pairIsOne('otherGender')).toBe(false);
  });
});

describe('a link', () => {
  it('is undone exactly: both persons are as they were, and no model joins them again', async () => {
    const keys = [member('traditional'), wecom('traditional')];
    await server.post('/api/identity/split', { identifiers: keys, reason: 'two sisters-in-law' });
    for (const key of keys) expect(await personOf(key)).toEqual(before[key]);
    expect(await link()).toMatchObject({ linked: 0, queued: 0 });
    expect(await pairIsOne('traditional')).toBe(false);
  });

  it('is found as records come in, without comparing everybody', async () => {
    const [shop, other] = [
      { name: '蒋思远', birthday: '1966-06-16', gender: 'male', address: { city: '重庆' } },
      { name: '蔣思遠', birthday: '1966-06-16', gender: 'male', address: { city: '重庆' } },
    ];
    await server.collect('crm', [fromShop('new', shop)]);
    await embedded.app.matching.settled();
    await server.collect('crm', [
      fromWecom('new', other),
      fromWecom('late', traitsOf(POPULATION[1]?.member ?? fail())),
    ]);
    await embedded.app.matching.settled();
    expect(await areOne(member('new'), wecom('new'))).toBe(true);
    // He was there before the model.
    expect(await areOne(member('p1'), wecom('late'))).toBe(true);
  });
});

describe('the threshold of sending', () => {
  const cart = (id: string): object => ({
    type: 'track',
    event: 'Product Added',
    messageId: `cart-${id}`,
    properties: { product_id: 'P1', price: 10 },
    context: { externalIds: [{ type: 'external_userid', scope: 'corp1', id }] },
  });
  const refusal = (id: string): object => ({
    type: 'identify',
    userId: id,
    messageId: `no-${id}`,
    traits: {},
    context: { consent: { categoryPreferences: { marketing: false } } },
  });

  it('keeps consent and behaviour of a likely match apart, and takes a sure one for one human', async () => {
    const decisionsOf = async (name: Pair) => {
      const { one_id } = await personOf(wecom(name));
      const { decisions } = (await server.get(`/api/decisions?one_id=${one_id}&campaign=cart-left-30-minutes`)).json;
      return decisions.map(({ outcome, reason }: { outcome: string; reason: string }) => `${outcome} ${reason}`);
    };
    const [link] = (await server.get(`/api/audit?identifier=${wecom('likely')}`)).json.audit;
    expect(link.confidence).toBeGreaterThanOrEqual(0.95);
    expect(link.confidence).toBeLessThan(0.99);
    await server.collect('crm', [refusal('likely'), refusal('pinyin'), cart('likely'), cart('pinyin')]);
    await server.post('/api/clock', { advance: 'PT31M' });
    expect(await decisionsOf('pinyin')).toEqual(['not_sent no_consent']);
    expect(await decisionsOf('likely')).toEqual(['sent sent']);
  });
});

function fail(): never {
  throw new Error('There is nobody.');
}
