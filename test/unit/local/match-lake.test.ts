import { expect, it } from 'vitest';
import { App } from '../../../local/app.ts';
import { runOnLake } from '../../../local/match-lake.ts';
import { readLakeRecords } from '../../../local/matching/lake-records.ts';
import { dataFolder } from '../../support/data-folder.ts';
import { people, traitsOf } from '../../support/match-people.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');

async function send(app: App, source: string, batch: readonly object[]): Promise<void> {
  const key = Buffer.from(`${app.sources.keyOf(source)}:`).toString('base64');
  const answer = await app.collect({
    method: 'POST',
    path: '/v1/batch',
    query: {},
    headers: { 'content-type': 'application/json', authorization: `Basic ${key}` },
    body: Buffer.from(JSON.stringify({ batch })),
  });
  expect(answer.status).toBe(200);
}

it('reads who declared something, and where and with what he was seen last', async () => {
  const app = await App.open({ dir: dataFolder(), realNow: () => NOW });
  const at = (minute: number, context: object) => ({
    type: 'page',
    userId: 'm1',
    messageId: `p${minute}`,
    timestamp: new Date(NOW - 3_600_000 + minute * 60_000).toISOString(),
    context,
  });
  await send(app, 'crm', [
    at(2, { ip: '203.0.113.77', userAgent: 'phone' }),
    at(1, { ip: '198.51.100.1', userAgent: 'desk' }),
    { type: 'identify', userId: 'm1', messageId: 'i1', traits: { name: '李安', phone: '13800138000' } },
    { type: 'page', userId: 'silent', messageId: 'p9' },
  ]);
  const records = await readLakeRecords(app.sql);
  expect(records).toEqual([
    {
      one_id: expect.stringMatching(/^p_/),
      record: {
        name: '李安',
        phone: expect.stringMatching(/^t1\./),
        context_ip: '203.0.113.0',
        context_device: 'phone',
      },
    },
  ]);
  await app.close();
});

it('trains and links on a folder that nobody has open, and remembers the model', async () => {
  const dir = dataFolder();
  await expect(runOnLake('train', dir)).rejects.toThrow(/There is no data in/);
  const app = await App.open({ dir, realNow: Date.now });
  const events = people(150).flatMap(({ member, elsewhere }, at) => [
    { type: 'identify', userId: `m${at}`, messageId: `m${at}`, traits: traitsOf(member) },
    ...(elsewhere
      ? [{ type: 'identify', anonymousId: `c${at}`, messageId: `c${at}`, traits: traitsOf(elsewhere) }]
      : []),
  ]);
  await send(app, 'crm', events);
  await app.close();
  await expect(runOnLake('link', dir)).rejects.toThrow(/train --lake/);
  expect(await runOnLake('train', dir)).toMatchObject({ persons: events.length });
  expect(await runOnLake('link', dir)).toMatchObject({ linked: 50 });
  expect(await runOnLake('link', dir)).toMatchObject({ linked: 0, persons: 150 });
});

it('compares after a crash whom it had noted before it', async () => {
  const dir = dataFolder();
  const first = await App.open({ dir, realNow: Date.now });
  const known = people(150).flatMap(({ member, elsewhere }, at) =>
    [member, elsewhere].flatMap((said, n) =>
      said ? [{ type: 'identify', anonymousId: `c${at}.${n}`, messageId: `c${at}.${n}`, traits: traitsOf(said) }] : [],
    ),
  );
  await send(first, 'crm', known);
  await first.matching.train();
  await first.matching.link();
  const traits = { name: '蒋思远', birthday: '1966-06-16', gender: 'male', address: { city: '重庆' } };
  await first.matching.stop();
  await send(first, 'crm', [
    { type: 'identify', userId: 'one', messageId: 'one', traits },
    { type: 'identify', anonymousId: 'two', messageId: 'two', traits },
  ]);
  await first.pipeline.settled();
  await first.close();
  const second = await App.open({ dir, realNow: Date.now });
  await second.matching.settled();
  const { rows } = await second.sql.query(
    'SELECT identifiers FROM profiles WHERE strpos(identifiers, \'"user_id:one"\') > 0',
  );
  expect(rows.map(([keys]) => JSON.parse(String(keys)))).toEqual([['anonymous_id:two', 'user_id:one']]);
  await second.close();
});
