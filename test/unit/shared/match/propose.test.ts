import { beforeEach, describe, expect, it } from 'vitest';
import { matchAsTheyCome, readPersons } from '../../../../functions/shared/match/as-they-come.ts';
import { blocksOf, MAX_BLOCK, readBlocks, writeBlocks } from '../../../../functions/shared/match/blocks.ts';
import { activateModel, activeModel } from '../../../../functions/shared/match/docs.ts';
import { DEFAULT_SETTINGS, type MatchModel } from '../../../../functions/shared/match/model.ts';
import { personTable, recordOf } from '../../../../functions/shared/match/person-record.ts';
import { anchorOf, mayJoin, propose, reasonOf } from '../../../../functions/shared/match/propose.ts';
import { queueReview, readReview, settleReview } from '../../../../functions/shared/match/reviews.ts';
import type { Waterfall } from '../../../../functions/shared/match/score.ts';
import { putLinks } from '../../../../functions/shared/match/source.ts';
import { prepare, train } from '../../../../functions/shared/match/train.ts';
import type { PersonState } from '../../../../functions/shared/person/read.ts';
import { decodeRaw } from '../../../../functions/shared/raw-record.ts';
import { stitch } from '../../../../functions/stitch/stitch.ts';
import type { CleanEvent } from '../../../../schemas/event.ts';
import { MemoryRawStream } from '../../../support/ingest.ts';
import { people, traitsOf } from '../../../support/match-people.ts';
import { cleanEvent, NOW, SHIPPED, type StitchWorld, stitchWorld } from '../../../support/stitch.ts';

let world: StitchWorld;
beforeEach(() => {
  world = stitchWorld();
});

const score = (probability: number): Waterfall => ({
  priorBits: -5,
  contributions: [
    { comparison: 'city', level: 'exact', bits: 2, frequencyBits: -1 },
    { comparison: 'name (last)', level: 'exact', bits: 6, frequencyBits: 1 },
    { comparison: 'gender', level: 'else', bits: -3, frequencyBits: 0 },
  ],
  lookalikeBits: 0,
  bits: 0,
  probability,
});
const context = { rules: SHIPPED, model: 'm1', now: NOW };
const take = (...events: CleanEvent[]) => stitch(events, world.deps);
const seen = (keys: readonly string[], over: Partial<CleanEvent> = {}) =>
  cleanEvent(keys, { type: 'identify', verified: true, source_id: 'crm', ...over });
const declared = { by: 'anna', why: 'they are two' };

async function two(a: string, b: string): Promise<readonly [PersonState, PersonState]> {
  const [one] = await readPersons([a], world.deps.store);
  const [other] = await readPersons([b], world.deps.store);
  if (!one || !other) throw new Error(`There is no ${one ? b : a}.`);
  return [one, other];
}

describe('what becomes of a pair', () => {
  it('is nothing, a review or a link, by its score', async () => {
    await take(seen(['user_id:m1', 'anonymous_id:c1']), seen(['openid:wx:o1']));
    const [one, other] = await two('anonymous_id:c1', 'openid:wx:o1');
    const kindAt = (probability: number, doubtful = false) =>
      propose([one, other], score(probability), { ...context, doubtful })?.kind;
    expect([0.6999, 0.7, 0.9499, 0.95, 1].map((each) => kindAt(each))).toEqual([
      undefined,
      'review',
      'review',
      'link',
      'link',
    ]);
    expect(kindAt(0.99, true)).toBe('review');
    expect(propose([one, other], score(0.97), context)).toEqual({
      kind: 'link',
      event: {
        type: 'match',
        identifiers: ['openid:wx:o1', 'user_id:m1'],
        confidence: 0.97,
        model: 'm1',
        reason: 'name (last) and city agree.',
        messageId: expect.stringMatching(/^match_.{22}$/),
      },
    });
    expect(propose([other, one], score(0.97), context)).toEqual(propose([one, other], score(0.97), context));
    const [a, b] = [0.97, 0.98].map((each) => propose([one, other], score(each), context));
    expect(a?.kind === 'link' && b?.kind === 'link' && a.event.messageId !== b.event.messageId).toBe(true);
  });

  it('says which columns agree, never what is in them', () => {
    expect(reasonOf({ ...score(1), contributions: [] })).toBe('nothing agrees.');
    expect(reasonOf(score(1))).toBe('name (last) and city agree.');
  });

  it.each<readonly [string, CleanEvent[]]>([
    ['two member ids', [seen(['user_id:m1', 'openid:wx:a']), seen(['user_id:m2', 'openid:wx:b'])]],
    ['two openids of one app', [seen(['openid:wx:a']), seen(['openid:wx:b'])]],
    [
      'a split',
      [
        seen(['openid:wx:a']),
        seen(['openid:wy:b']),
        seen(['openid:wx:a', 'openid:wy:b'], { type: 'split', declared, traits: {} }),
      ],
    ],
    ['a person found to be shared', [seen(['anonymous_id:x', 'user_id:m1']), seen(['anonymous_id:x', 'user_id:m2'])]],
  ])('is nothing for %s', async (_, events) => {
    await take(...events);
    const keys = [...new Set(events.flatMap(({ owner }) => owner))];
    const [one, other] = await two(keys[0] ?? '', keys.at(-1) ?? '');
    expect(mayJoin(one, other, SHIPPED)).toBe(false);
    expect(propose([one, other], score(1), context)).toBeUndefined();
  });

  it('hangs on the strongest identifier, and shared ones have none', async () => {
    await take(seen(['anonymous_id:x', 'user_id:m1']), seen(['anonymous_id:x', 'user_id:m2']));
    const [member, shared] = await two('user_id:m1', 'anonymous_id:x');
    expect([member, shared].map((state) => anchorOf(state, SHIPPED))).toEqual(['user_id:m1', undefined]);
  });
});

describe('links and reviews on their way', () => {
  it('puts links on the raw stream in records of a bounded size, as a source without a key', async () => {
    const raw = new MemoryRawStream();
    const event = { type: 'match', identifiers: ['a:1', 'b:1'], confidence: 1, model: 'm', reason: 'r.' } as const;
    const events = Array.from({ length: 450 }, (_, n) => ({ ...event, messageId: `match_${n}` }));
    let ids = 0;
    await putLinks(events, { raw, now: NOW, newId: () => `r${++ids}` });
    const records = raw.records.map(decodeRaw);
    expect(records.map(({ body }) => JSON.parse(String(body)).batch.length)).toEqual([200, 200, 50]);
    expect(records[0]?.head.source).toMatchObject({ source_id: 'matching', class: 'secret' });
  });

  it('queues a pair once, brings it up to date, and takes it out when it is answered', async () => {
    await take(seen(['user_id:m1']), seen(['openid:wx:o1']));
    const [one, other] = await two('user_id:m1', 'openid:wx:o1');
    const reviewAt = (probability: number, now = NOW) => {
      const proposal = propose([one, other], score(probability), { ...context, now });
      return proposal?.kind === 'review' ? proposal.review : expect.fail('It is no review.');
    };
    const first = reviewAt(0.8);
    const queue = (review = first) => queueReview(review, NOW, world.deps);
    expect([await queue(), await queue(), await queue(reviewAt(0.9, NOW + 5))]).toEqual([true, false, true]);
    expect(await readReview(world.deps.store, first.review_id)).toMatchObject({
      status: 'open',
      confidence: 0.9,
      found_at: first.found_at,
    });
    await settleReview(first.review_id, NOW, world.deps);
    await settleReview(first.review_id, NOW, world.deps);
    const rows = world.lake.of('match_reviews');
    expect(rows.map(({ status, confidence }) => [status, confidence])).toEqual([
      ['open', 0.8],
      ['open', 0.9],
      ['settled', 0.9],
    ]);
    expect(Number(rows[2]?.seq)).toBeGreaterThan(Number(rows[1]?.seq));
  });
});

describe('persons as they come in', () => {
  const known = people(200).flatMap(({ member, elsewhere }) => [member, ...(elsewhere ? [elsewhere] : [])]);
  const { raw, roles } = personTable(known.map((said) => recordOf(traitsOf(said))));
  const model: MatchModel = train(raw, roles, DEFAULT_SETTINGS, prepare(raw, roles, DEFAULT_SETTINGS));
  const li = { name: '李晓东', birthday: '1990-01-15', address: { city: '上海' } };
  const same = { name: 'Li Xiaodong', birthday: '1990-01-15', address: { city: '上海' } };

  it('are compared with those that share a block, by name in any writing', async () => {
    await take(seen(['user_id:m1'], { traits: li }), seen(['user_id:m3'], { traits: { ...li, name: '高峰' } }));
    expect(await matchAsTheyCome(['user_id:m1', 'user_id:m3'], model, world.deps)).toEqual([]);
    await take(seen(['openid:wx:o1'], { traits: same }));
    const proposals = await matchAsTheyCome(['openid:wx:o1'], model, world.deps);
    expect(proposals).toMatchObject([{ kind: 'link', event: { identifiers: ['openid:wx:o1', 'user_id:m1'] } }]);
  });

  it('share a block for equal sounds and dates, not for a city', () => {
    const blocks = (traits: object) => blocksOf(model, recordOf({ ...traits }));
    const shared = (other: object) => blocks(other).filter((block) => blocks(li).includes(block)).length;
    expect(shared(same)).toBeGreaterThan(1);
    expect(shared({ ...li, name: '高峰', birthday: '1970-02-02' })).toBe(0);
    expect(blocks({})).toEqual([]);
    expect(blocks(li).join()).not.toMatch(/li|1990|李/);
  });

  it('find the newest of a full block, those first that share more', async () => {
    const { store } = world.deps;
    for (let n = 0; n <= MAX_BLOCK; n += 1) await writeBlocks(store, ['common'], `user_id:${n}`);
    await writeBlocks(store, ['common', 'rare'], 'user_id:5');
    const near = await readBlocks(store, ['common', 'rare', 'unknown']);
    expect(near).toHaveLength(MAX_BLOCK);
    expect(near[0]).toBe('user_id:5');
    expect(near).not.toContain('user_id:0');
  });

  it('are scored by the model that was made active last', async () => {
    const { store } = world.deps;
    expect(await activeModel(store)).toBeUndefined();
    await activateModel(store, { ...model, version: 'first' });
    await activateModel(store, model);
    expect((await activeModel(store))?.version).toBe(model.version);
  });

  it('have a model that fits the store, however many values strangers share', async () => {
    const byValue = Object.fromEntries(Array.from({ length: 40_000 }, (_, n) => [`名字${n}`, n / 1e6]));
    const large = { ...model, frequencies: model.frequencies.map((each) => ({ ...each, byValue })) };
    await activateModel(world.deps.store, large);
    const kept = (await activeModel(world.deps.store))?.frequencies[0]?.byValue ?? {};
    expect(Object.keys(kept).length).toBeGreaterThan(100);
    expect(kept.名字39999).toBe(0.039999);
  });
});

describe('the record of a person', () => {
  it('is flat, and prefers what the person itself has', () => {
    const traits = { name: '李', age: 3, address: { city: '上海', name: 'home' }, tags: ['x'], vip: true, note: '' };
    expect({ ...recordOf(traits) }).toEqual({ name: '李', age: '3', city: '上海' });
  });

  it('compares what says who somebody is, and nothing else', () => {
    const records = Array.from({ length: 50 }, (_, n) =>
      recordOf({
        name: `李${n}`,
        points: n % 7,
        level: n % 2 ? 'gold' : 'silver',
        gender: n % 2 ? 'f' : 'm',
        phone: `t1.${n}`,
      }),
    );
    const { raw: table, roles: found } = personTable(records);
    expect(Object.fromEntries(table.columns.map((name, at) => [name, found[at]]))).toEqual({
      gender: 'category',
      level: 'ignore',
      name: 'full_name',
      phone: 'token',
      points: 'ignore',
    });
  });
});
