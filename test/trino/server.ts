import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { TrinoHome } from './artifacts.ts';
import { type Parameter, runStatement, type TrinoResult } from './client.ts';

/** Longest time from the start of the process to the first answer, ms: the machine may be busy. */
const START_MS = 180_000;
const HEAP_MIB = 1_024;
/** What the process may take besides its heap is its own affair; one query may have a quarter of the heap. */
const QUERY_MIB = 256;

export interface Trino {
  readonly version: string;
  readonly startSeconds: number;
  /** Runs one statement to its end. @throws TrinoError */
  run(sql: string, parameters?: readonly Parameter[]): Promise<TrinoResult>;
  /** Most resident memory so far, MiB; 0 where the system does not tell. */
  peakMiB(): number;
  stop(): Promise<void>;
}

export interface Catalog {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
}

/**
 * A single Trino on a free port, with a folder of its own; unqualified names are those of the first catalogue.
 * @throws Error with its log if it does not start
 */
export async function startTrino(
  home: TrinoHome,
  schema: string,
  catalogs: readonly [Catalog, ...Catalog[]],
): Promise<Trino> {
  const started = performance.now();
  const dir = mkdtempSync(join(tmpdir(), 'oneriver-trino-'));
  const port = await freePort();
  writeConfiguration(dir, { home, catalogs, port });
  const child = spawn(home.java.command, javaArguments(home), { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit');
  // A test process that dies must not leave a server behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    kill();
    await exited;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await untilStarted(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    version: home.version,
    startSeconds: (performance.now() - started) / 1_000,
    run: (sql, parameters) =>
      runStatement({ url: `http://127.0.0.1:${port}`, catalog: catalogs[0].name, schema }, sql, parameters),
    peakMiB: () => peakMiB(child),
    stop,
  };
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

const properties = (entries: Readonly<Record<string, string | number>>): string =>
  Object.entries(entries)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

function writeConfiguration(dir: string, parts: { home: TrinoHome; catalogs: readonly Catalog[]; port: number }): void {
  const { home, catalogs, port } = parts;
  for (const { name, jars, service } of home.plugins) {
    const services = join(dir, 'plugin', name, 'services', 'META-INF', 'services');
    mkdirSync(services, { recursive: true });
    writeFileSync(join(services, 'io.trino.spi.Plugin'), service);
    for (const jar of jars) symlinkSync(jar, join(dir, 'plugin', name, basename(jar)));
  }
  mkdirSync(join(dir, 'catalog'));
  for (const { name, properties: entries } of catalogs) {
    writeFileSync(join(dir, 'catalog', `${name}.properties`), properties(entries));
  }
  writeFileSync(join(dir, 'start.bsh'), `new io.trino.server.Server().start("${home.version}");\n`);
  const configuration = properties({
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': port,
    'discovery.uri': `http://127.0.0.1:${port}`,
    'node.environment': 'test',
    'node.internal-address': '127.0.0.1',
    'plugin.dir': join(dir, 'plugin'),
    'catalog.config-dir': join(dir, 'catalog'),
    'query.max-memory-per-node': `${QUERY_MIB}MB`,
    'memory.heap-headroom-per-node': `${QUERY_MIB}MB`,
  });
  writeFileSync(join(dir, 'config.properties'), configuration);
}

const javaArguments = ({ classpath, java }: TrinoHome): string[] => [
  `-Xmx${HEAP_MIB}m`,
  '-XX:+UseSerialGC',
  '-XX:+ExitOnOutOfMemoryError',
  '-XX:-UsePerfData',
  '-Djdk.attach.allowAttachSelf=true',
  '-Duser.timezone=UTC',
  '-Dconfig=config.properties',
  // From Java 18 on, it has to be allowed.
  ...(java.version >= 18 ? ['-Djava.security.manager=allow'] : []),
  '-cp',
  classpath,
  'bsh.Interpreter',
  'start.bsh',
];

function untilStarted(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const fail = (why: string): void => {
      const errors = log.split('\n').filter((line) => /\tERROR\t|^\d+\) |Caused by/.test(line));
      reject(new Error(`Trino ${why}:\n${errors.join('\n') || log}`));
    };
    const timer = setTimeout(() => fail(`did not start within ${START_MS} ms`), START_MS);
    const onExit = (code: number | null): void => {
      clearTimeout(timer);
      fail(`ended with ${code} while starting`);
    };
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('exit', onExit);
    const read = (chunk: unknown): void => {
      log += String(chunk);
      if (!log.includes('SERVER STARTED')) return;
      clearTimeout(timer);
      child.off('exit', onExit);
      for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners('data').resume();
      resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', read);
  });
}

function peakMiB(child: ChildProcess): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
    return Math.round(Number(line?.[1] ?? 0) / 1_024);
  } catch {
    return 0;
  }
}
