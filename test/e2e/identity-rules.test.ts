import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IdentityRules } from '../../schemas/identifier.ts';
import shipped from '../../schemas/identity-rules.json' with { type: 'json' };
import { type RunningServer, startServer } from '../support/server.ts';

const CLI = fileURLToPath(new URL('../../local/identity.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'oneriver-rules-'));

/** Runs the command as `npm run identity` does. */
async function identity(...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const flags = ['--disable-warning=ExperimentalWarning', CLI, ...args, '--data', dir];
  return promisify(execFile)(process.execPath, flags).then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout, errors: stderr }),
    ({ code, stdout, stderr }) => ({ code, output: String(stdout), errors: String(stderr) }),
  );
}

function rulesFile(version: number, change: (rules: IdentityRules) => void): string {
  const rules = structuredClone(shipped) as IdentityRules;
  rules.version = version;
  change(rules);
  const path = join(dir, `rules-${version}.json`);
  writeFileSync(path, JSON.stringify(rules));
  return path;
}

const tight = rulesFile(2, (rules) => {
  for (const rule of rules.types) if (rule.type === 'phone') rule.limit = 1;
  rules.blocked_values.push('email:Desk@Example.com', 'user_id:test-account');
});
const loose = rulesFile(3, () => undefined);

describe('rules that are tightened after the fact, and loosened again', () => {
  let server: RunningServer;
  const oneIds = async () => {
    const ids: Record<string, string> = {};
    for (const key of ['user_id:m1', 'phone:13800138001', 'phone:13800138002', 'email:desk@example.com']) {
      ids[key] = (await server.person({ identifier: key })).one_id;
    }
    return ids;
  };
  let first: Record<string, string>;

  beforeAll(async () => {
    server = await startServer({ dir });
    const identify = (userId: string, traits: object) => ({ type: 'identify', userId, traits });
    const earlier = new Date(Date.now() - 3_600_000).toISOString();
    await server.collect('server', [
      { ...identify('m1', { city: 'Chengdu' }), timestamp: earlier },
      identify('m1', { phone: '13800138001', email: 'desk@example.com' }),
      identify('m1', { phone: '13800138002' }),
      { type: 'track', event: 'Order Completed', userId: 'm1', properties: { total: 10, currency: 'CNY' } },
      identify('m9', { email: 'm9@example.com' }),
    ]);
    first = await oneIds();
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('are shown and previewed without changing anything', async () => {
    expect(new Set(Object.values(first)).size).toBe(1);
    expect((await identity('show')).output).toContain('Version 1 is in force');
    const { output } = await identity('diff', '--rules', tight, '--json');
    const report = JSON.parse(output);
    expect(report.persons).toEqual({ before: 2, after: 4 });
    expect(report.splits).toMatchObject({ count: 1, into: 3 });
    expect(report.ids).toEqual({ kept: 2, gone: 0, added: 2 });
    expect(report.isolated.newly).toMatchObject({ count: 1, by_reason: { blocked: 1 } });
    expect(await oneIds()).toEqual(first);
    const text = (await identity('diff', '--rules', tight)).output;
    expect(text).toContain('Persons        2 → 4');
    expect(text + output).not.toMatch(/1380013800|desk@example/i);
  });

  it('are refused without a reason, and when they do not say what is in them', async () => {
    expect(await identity('apply', '--rules', tight)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('why'),
    });
    const broken = rulesFile(7, (rules) => rules.blocked_values.push('phone:not a number'));
    const { errors } = await identity('diff', '--rules', broken);
    expect(errors).toContain(`/blocked_values/${shipped.blocked_values.length} is no phone`);
    expect(errors).not.toContain('not a number');
  });

  it('split the person while the server runs, and the lake follows', async () => {
    const { code, output } = await identity('apply', '--rules', tight, '--why', 'a phone belongs to one person');
    expect(output).toContain('Sweep to version 2: done');
    expect(code).toBe(0);
    const [member, ...phones] = await Promise.all(
      ['user_id:m1', 'phone:13800138001', 'phone:13800138002'].map((key) => server.person({ identifier: key })),
    );
    expect(member?.one_id).toBe(first['user_id:m1']);
    expect(phones.filter(({ one_id }) => one_id === member?.one_id)).toHaveLength(1);
    expect(await server.value('SELECT count(*) FROM profiles WHERE shared')).toBe(1);
    expect(await server.value('SELECT count(*) FROM profiles')).toBe(4);
    const split = "SELECT count(*) FROM person_changes WHERE change = 'person.split'";
    expect(await server.value(split)).toBe(2);
    const rules = JSON.parse((await identity('export')).output) as IdentityRules;
    expect(rules.blocked_values.filter((value) => value.startsWith('email:'))).toEqual([
      expect.stringMatching(/^email:t1\./),
    ]);
  });

  it('hold for the events that come after', async () => {
    const properties = { product_id: 'sku-1' };
    await server.collect('server', [
      { type: 'track', event: 'Product Viewed', userId: 'test-account', anonymousId: 'dev-1', properties },
      {
        type: 'track',
        event: 'Product Viewed',
        userId: 'm1',
        properties,
        context: { traits: { phone: '13800138002' } },
      },
    ]);
    const quarantined = "SELECT count(*) FROM events WHERE flags LIKE '%blocked_identifier%'";
    expect(await server.value(quarantined)).toBe(1);
    expect((await identity('apply', '--rules', tight, '--why', 'again')).errors).toContain('greater version');
  });

  it('give the same ids back, on the folder that no server has open as well', async () => {
    await server.stop();
    const { output } = await identity('apply', '--rules', loose, '--why', 'as it was');
    expect(output).toContain('Sweep to version 3: done');
    expect((await identity('show')).output).toMatch(/1 → 2 {2}local operator: a phone belongs to one person/);
    server = await startServer({ dir });
    expect(await oneIds()).toEqual(first);
    expect(await server.value('SELECT count(*) FROM profiles')).toBe(3);
    expect(readFileSync(join(dir, 'state.db')).includes('13800138001')).toBe(false);
  });
});
