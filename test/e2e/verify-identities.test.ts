import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../support/markdown.ts';
import { type RunningServer, startServer } from '../support/server.ts';
import { textOf } from '../support/source-tree.ts';

const GUIDE = textOf('docs/how-to/verify-identities.md');
const CLI = fileURLToPath(new URL('../../local/identity-secret.ts', import.meta.url));

type Sign = (member: { id: string; phone?: string; email?: string }, secret: string, source?: string) => string;

let server: RunningServer;
let identityToken: Sign;
const secret = (...args: string[]): string =>
  execFileSync(process.execPath, [CLI, ...args, '--data', server.dir], { encoding: 'utf8' }).trim();

beforeAll(async () => {
  server = await startServer();
  // The snippet as the reader pastes it, run by Node.
  const path = join(server.dir, 'sign.mjs');
  writeFileSync(path, blocksOf(GUIDE, 'js').find((block) => block.includes('export function')) ?? '');
  ({ identityToken } = (await import(pathToFileURL(path).href)) as { identityToken: Sign });
});
afterAll(() => server.stop());

const remarks = async (id: string): Promise<unknown> =>
  JSON.parse(String(await server.value(`SELECT flags FROM events WHERE event_id = '${id}'`)));

describe('docs/how-to/verify-identities.md', () => {
  it('signs tokens that clean takes, before and after the secret was changed', async () => {
    const identify = (messageId: string, token: string) =>
      server.collect('web', {
        type: 'identify',
        messageId,
        userId: 'm1',
        anonymousId: 'cookie-1',
        timestamp: new Date().toISOString(),
        traits: { phone: '13800138000' },
        context: { identityToken: token },
      });
    const member = { id: 'm1', phone: '13800138000' };
    const first = secret('show', 'web');
    expect((await identify('t1', identityToken(member, first))).status).toBe(200);
    const second = secret('add', 'web');
    await identify('t2', identityToken(member, second));
    await identify('t3', identityToken(member, first));
    const oldest =
      secret('list')
        .split('\n')
        .find((line) => line.startsWith('web '))
        ?.split(/\s+/)[1] ?? '';
    secret('remove', 'web', oldest);
    await identify('t4', identityToken(member, first));
    await identify('t5', identityToken({ id: 'm2' }, second));
    expect([await remarks('t1'), await remarks('t2'), await remarks('t3')]).toEqual([[], [], []]);
    expect(await remarks('t4')).toEqual(['identity_token_invalid:/context/identityToken']);
    expect(await remarks('t5')).toEqual(['identity_token_invalid:/context/identityToken/sub']);
  });

  it('joins the phone that the server vouches for, and no phone that only the page names', async () => {
    const till = (phone: string) => ({ type: 'identify', messageId: `till-${phone}`, traits: { phone } });
    await server.collect('pos', [till('13900139001'), till('13900139002'), till('13900139003')]);
    const signed = secret('show', 'web');
    const identify = (userId: string, phone: string, token: string | undefined) => ({
      type: 'identify',
      messageId: `web-${userId}`,
      userId,
      anonymousId: `cookie-of-${userId}`,
      traits: { phone },
      context: token === undefined ? {} : { identityToken: token },
    });
    await server.collect('web', [
      identify('own', '13900139001', identityToken({ id: 'own', phone: '+8613900139001' }, signed)),
      identify('thief', '13900139002', identityToken({ id: 'thief' }, signed)),
      identify('liar', '13900139003', undefined),
    ]);
    const isOne = async (a: string, b: string): Promise<boolean> =>
      (await server.person({ identifier: a })).one_id === (await server.person({ identifier: b })).one_id;
    expect(await isOne('user_id:own', 'phone:13900139001')).toBe(true);
    expect(await isOne('user_id:thief', 'phone:13900139002')).toBe(false);
    expect(await isOne('user_id:liar', 'phone:13900139003')).toBe(false);
    for (const member of ['own', 'thief', 'liar']) {
      expect(await isOne(`user_id:${member}`, `anonymous_id:cookie-of-${member}`)).toBe(true);
    }
  });

  it('has a query that finds the remarks', async () => {
    const [query = ''] = blocksOf(GUIDE, 'sql');
    expect((await server.sql(query)).map(([source, , n]) => [source, n])).toEqual([
      ['web', 1],
      ['web', 1],
    ]);
  });

  it('names every remark that there is', () => {
    for (const reason of ['identity_token_invalid', 'identity_token_expired', 'identity_token_unverifiable']) {
      expect(GUIDE).toContain(`\`${reason}`);
    }
  });

  it('leaves no token anywhere in the lake', async () => {
    const tables = ['events', 'quarantine'] as const;
    for (const table of tables) {
      const rows = JSON.stringify(await server.sql(`SELECT * FROM ${table}`));
      expect(rows).not.toContain('identityToken":');
      expect(rows).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
    }
  });
});
