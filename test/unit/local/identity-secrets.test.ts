import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { IdentitySecretError } from '../../../functions/shared/identity-secrets.ts';
import { IdentitySecretFile } from '../../../local/identity-secrets.ts';
import { dataFolder } from '../../support/data-folder.ts';

const NOW = Date.UTC(2026, 10, 22);
const CLI = fileURLToPath(new URL('../../../local/identity-secret.ts', import.meta.url));
const pathIn = (dir: string) => join(dir, 'keys', 'identity-secrets.json');
const open = (dir: string) => new IdentitySecretFile(dir, { first: ['web', 'app'], now: NOW });

/** Runs the command as `npm run identity-secret` does. */
async function command(dir: string, ...args: string[]): Promise<{ code: number; output: string; errors: string }> {
  const done = promisify(execFile)(process.execPath, [CLI, ...args, '--data', dir]);
  return done.then(
    ({ stdout, stderr }) => ({ code: 0, output: stdout.trim(), errors: stderr }),
    ({ code, stdout, stderr }) => ({ code, output: String(stdout).trim(), errors: String(stderr) }),
  );
}

describe('the identity secrets of a data folder', () => {
  it('are made at the first start, one per source, of 256 bits, for the owner alone', () => {
    const dir = dataFolder();
    const { web, app } = open(dir).all();
    expect(statSync(pathIn(dir)).mode & 0o777).toBe(0o600);
    expect(web?.[0]?.secret).toMatch(/^ids_[A-Za-z0-9_-]{43}$/);
    expect(web?.[0]?.secret).not.toBe(app?.[0]?.secret);
    expect(open(dir).all()).toEqual({ web, app });
  });

  it('rotate with an overlap, seen at once by a server that runs', () => {
    const dir = dataFolder();
    const server = open(dir);
    expect(server.keysOf('web')).toHaveLength(1);
    const hand = open(dir);
    const [old] = hand.all().web ?? [];
    hand.add('web', NOW + 1);
    expect(server.keysOf('web')).toHaveLength(2);
    hand.remove('web', old?.id ?? '');
    expect(server.keysOf('web').map((key) => key.export().toString())).toEqual([hand.all().web?.[0]?.secret]);
    expect(server.keysOf('pos')).toEqual([]);
  });

  it('are few: one that nobody signs with any more is removed first', () => {
    const file = open(dataFolder());
    for (let n = 0; n < 3; n++) file.add('web', NOW);
    expect(() => file.add('web', NOW)).toThrow(IdentitySecretError);
    expect(() => file.remove('web', 'none')).toThrow('has no identity secret "none"');
  });

  it('are refused when others may read them, or the file is damaged', () => {
    const dir = dataFolder();
    mkdirSync(join(dir, 'keys'));
    writeFileSync(pathIn(dir), '{"web":["ids_x"]}', { mode: 0o600 });
    expect(() => open(dir)).toThrow(/Restore it from a backup/);
    writeFileSync(pathIn(dir), '{}');
    chmodSync(pathIn(dir), 0o644);
    expect(() => open(dir)).toThrow(/chmod 600/);
  });
});

describe('npm run identity-secret', () => {
  it('shows, adds and removes; a list has no secret in it', async () => {
    const dir = dataFolder();
    const [first] = open(dir).all().web ?? [];
    expect(await command(dir, 'show', 'web')).toMatchObject({ code: 0, output: first?.secret });
    const added = await command(dir, 'add', 'web');
    const stored = JSON.parse(readFileSync(pathIn(dir), 'utf8')) as Record<string, { id: string; secret: string }[]>;
    expect(stored.web?.map(({ secret }) => secret)).toEqual([first?.secret, added.output]);
    const { output } = await command(dir, 'list');
    expect(output.split('\n')).toHaveLength(3);
    expect(output).not.toContain('ids_');
    await command(dir, 'remove', 'web', first?.id ?? '');
    expect((await command(dir, 'show', 'web')).output).toBe(added.output);
  });

  it.each([
    ['a source that does not exist', ['show', 'shop'], 'Name one of the sources app, crm'],
    ['a command that does not exist', ['steal', 'web'], 'There is no command "steal"'],
    ['a source without a secret', ['show', 'pos'], 'has no identity secret; add one'],
  ])('says what is wrong with %s', async (_, args, message) => {
    const dir = dataFolder();
    open(dir);
    const { code, errors } = await command(dir, ...args);
    expect(code).toBe(1);
    expect(errors).toContain(message);
  });

  it('says so where there is no data folder', async () => {
    expect((await command(dataFolder(), 'list')).errors).toContain('run npm start once');
  });
});
