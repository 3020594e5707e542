import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/source-tree.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const PROGRAM = join(import.meta.dirname, 'emulator.py');
const CACHE = join(ROOT, 'node_modules', '.cache', 'oneriver-emulator');
/** What the emulator of the last run wrote. */
export const LAST_LOG = join(CACHE, 'last.log');
const START_SECONDS = 60;
/** What pip says when it reaches no package index; anything else that goes wrong is a failure. */
const UNREACHABLE = /from versions: none|NewConnectionError|ConnectTimeout|ReadTimeout|NameResolutionError|ProxyError/;
const ACCOUNT = '000000000000';

/** Why the emulator cannot run on this machine: the tests are skipped, and say so. */
export class EmulatorMissing extends Error {
  override name = 'EmulatorMissing';
}

export interface Emulator {
  /** What every AWS client, the CDK's included, has to have in its environment to talk to it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly port: number;
  /** What it wrote so far, for whoever looks into a failure. */
  log(): string;
  stop(): Promise<void>;
}

/** A virtual environment with the emulator, made once per list of requirements. @throws EmulatorMissing without Python or index */
function virtualEnvironment(): string {
  const name = hash('sha256', readFileSync(REQUIREMENTS)).slice(0, 16);
  const folder = join(CACHE, name);
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.error || made.status !== 0) {
    throw new EmulatorMissing(
      `python3 -m venv does not work here: ${made.error?.message ?? made.stdout + made.stderr}. Install Python 3.10 or newer with venv.`,
    );
  }
  const pip = spawnSync(python, ['-m', 'pip', 'install', '--quiet', '--requirement', REQUIREMENTS], {
    encoding: 'utf8',
  });
  if (pip.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    if (UNREACHABLE.test(pip.stderr))
      throw new EmulatorMissing('pip reaches no package index from here that has the emulator.');
    throw new Error(`pip could not install ${REQUIREMENTS}:\n${pip.stderr}`);
  }
  mkdirSync(join(folder, 'complete'));
  return python;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('The probe for a free port has no address.');
  return address.port;
}

/**
 * Starts MiniStack, empty, on a free port: with TLS, without which bucket policies refuse everything, and deciding on every call
 * by the caller's IAM policies. Functions run under the Node that this project is tested with.
 * @throws EmulatorMissing where it cannot run, Error with its output when it does not start.
 */
export async function startEmulator(): Promise<Emulator> {
  const python = virtualEnvironment();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'oneriver-emulator-'));
  const logFile = join(folder, 'log.txt');
  const child = spawn(python, [PROGRAM], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: emulatorEnvironment(folder, port),
  });
  const file = createWriteStream(logFile);
  for (const stream of [child.stdout, child.stderr]) stream.pipe(file, { end: false });
  const kill = (): void => endGroup(child);
  process.once('exit', kill);
  const log = (): string => readFileSync(logFile, 'utf8');
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      kill();
      await ended;
    }
    copyFileSync(logFile, LAST_LOG);
    rmSync(folder, { recursive: true, force: true });
  };
  const certificate = join(folder, 'ministack-tls', 'server.crt');
  try {
    await untilReady(child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { environment: clientEnvironment({ folder, port, certificate }), port, log, stop };
}

/** Nothing of the caller's AWS settings, and no Docker: functions run as processes. */
function emulatorEnvironment(folder: string, port: number): Record<string, string> {
  return {
    PATH: `${join(ROOT, 'node_modules', 'node', 'bin')}:${process.env.PATH}`,
    HOME: folder,
    TMPDIR: folder,
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    AUTH: 'true',
    USE_SSL: '1',
    SFTP_ENABLED: '0',
    IOT_MTLS_ENABLED: '0',
    DOCKER_HOST: `unix://${join(folder, 'no-docker')}`,
    S3_DATA_DIR: join(folder, 's3'),
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    AWS_ACCESS_KEY_ID: ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'test',
  };
}

/** The access key of the account's root user: CloudFormation and the CDK's roles are what limits a deployment. */
const clientEnvironment = (at: { folder: string; port: number; certificate: string }): Record<string, string> => ({
  AWS_ENDPOINT_URL: `https://127.0.0.1:${at.port}`,
  AWS_ACCESS_KEY_ID: ACCOUNT,
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_PROFILE: '',
  AWS_SESSION_TOKEN: '',
  AWS_CONFIG_FILE: join(at.folder, 'no-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(at.folder, 'no-credentials'),
  AWS_CA_BUNDLE: at.certificate,
  NODE_EXTRA_CA_CERTS: at.certificate,
  // The CLI remembers accounts by access key.
  HOME: at.folder,
});

function untilReady(child: ChildProcess, log: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      clearInterval(look);
      child.off('exit', onExit);
      if (error) reject(error);
      else resolve();
    };
    const onExit = (code: number | null): void => settle(new Error(`The emulator ended with ${code}:\n${log()}`));
    const timer = setTimeout(
      () => settle(new Error(`The emulator did not start within ${START_SECONDS} s:\n${log()}`)),
      START_SECONDS * 1_000,
    );
    const look = setInterval(() => {
      if (log().includes('Running on https://')) settle();
    }, 100);
    child.on('exit', onExit);
  });
}

/** Ends the emulator with the functions that it runs. */
function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
