import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A database server of its own, on a socket in a folder of its own and on no port of the network but loopback. */
export interface RunningDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const folderOf = (name: string): string => mkdtempSync(join(tmpdir(), `oneriver-${name}-`));

const postgresBin = (): string | undefined => {
  const root = '/usr/lib/postgresql';
  const [newest] = existsSync(root) ? readdirSync(root).sort().reverse() : [];
  return newest && join(root, newest, 'bin');
};

/** Why a server cannot run here; undefined when it can. */
export const postgresMissing = (): string | undefined =>
  postgresBin() === undefined ? 'PostgreSQL is not installed (Debian: postgresql)' : undefined;
export const mariadbMissing = (): string | undefined =>
  spawnSync('mariadbd', ['--version']).status === 0 ? undefined : 'MariaDB is not installed (Debian: mariadb-server)';

/** PostgreSQL refuses to run as root: then it runs as its own user. */
function postgresUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(spawnSync('id', [flag, 'postgres']).stdout.toString());
  return { uid: id('-u'), gid: id('-g') };
}

async function stopped(child: ChildProcess, dir: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(dir, { recursive: true, force: true });
}

/** Asks again and again until it does not throw. */
async function until(ready: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + START_MS;
  for (;;) {
    try {
      await ready();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await pause(200);
    }
  }
}

export async function startPostgres(port: number, ready: (url: string) => Promise<unknown>): Promise<RunningDatabase> {
  const bin = postgresBin() ?? '';
  const dir = folderOf('postgres');
  const user = postgresUser();
  if (user) chownSync(dir, user.uid, user.gid);
  const as = { ...user, stdio: 'ignore' as const, cwd: dir };
  spawnSync(
    join(bin, 'initdb'),
    ['-D', join(dir, 'data'), '-U', 'shop', '-A', 'trust', '-E', 'UTF8', '--locale=C'],
    as,
  );
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', join(dir, 'data'), '-p', String(port), '-k', dir, '-h', '127.0.0.1', '-c', 'fsync=off'],
    as,
  );
  const url = `postgresql://shop@127.0.0.1:${port}/postgres`;
  await until(() => ready(url));
  return { url, stop: () => stopped(child, dir) };
}

export async function startMariadb(port: number, ready: (url: string) => Promise<unknown>): Promise<RunningDatabase> {
  const dir = folderOf('mariadb');
  chmodSync(dir, 0o755);
  const own = ['--no-defaults', `--datadir=${join(dir, 'data')}`, ...(process.getuid?.() === 0 ? ['--user=root'] : [])];
  spawnSync('mariadb-install-db', [...own, '--auth-root-authentication-method=normal'], { stdio: 'ignore' });
  const args = [
    ...own,
    `--socket=${join(dir, 's')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--default-time-zone=+08:00',
    '--character-set-server=utf8mb4',
  ];
  const child = spawn('mariadbd', args, { stdio: 'ignore' });
  const url = `mysql://root@127.0.0.1:${port}/test`;
  await until(() => ready(url));
  return { url, stop: () => stopped(child, dir) };
}
