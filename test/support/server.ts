import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedServer, type ServerOptions } from '../../local/server.ts';
import type { Person } from '../../schemas/profile.ts';

const MAIN = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

/** An answer with its body read; `json` is undefined where the body is none. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // What the server under test answered: each test says what it expects of it.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what is being tested
  readonly json: any;
}

export interface SendOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** One request with exactly these headers and bytes; `fetch` would add and refuse some. @throws the network's error */
export function send(url: string, options: SendOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  const begin = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = begin(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`;

/** What a test does with a server over HTTP, wherever it runs. */
export class Client {
  readonly url: string;
  /** Write keys by source id. */
  readonly keys: Readonly<Record<string, string>>;

  constructor(url: string, keys: Readonly<Record<string, string>>) {
    this.url = url;
    this.keys = keys;
  }

  /** The write key of a source. @throws Error when there is no such source */
  key(source: string): string {
    const key = this.keys[source];
    if (key === undefined) throw new Error(`There is no source "${source}".`);
    return key;
  }

  /** One request to a path of the platform. */
  send(path: string, options: SendOptions = {}): Promise<Answer> {
    return send(`${this.url}${path}`, options);
  }

  get(path: string): Promise<Answer> {
    return this.send(path);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
    return this.send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: bytes,
    });
  }

  /** Sends one event, or several as a batch, as one source. */
  collect(source: string, events: object | readonly object[]): Promise<Answer> {
    return this.post('/v1/batch', { batch: Array.isArray(events) ? events : [events] }, this.as(source));
  }

  /** The header that names a source. */
  as(source: string): { authorization: string } {
    return { authorization: basic(this.key(source)) };
  }

  /** Rows of a query. @throws Error with the answer when it is refused */
  async sql(sql: string): Promise<unknown[][]> {
    const answer = await this.post('/api/sql', { sql });
    if (answer.status !== 200) throw new Error(`POST /api/sql answered ${answer.status}: ${answer.text}`);
    return answer.json.rows;
  }

  /** The one value of a query. */
  async value(sql: string): Promise<unknown> {
    return (await this.sql(sql))[0]?.[0];
  }

  /** The person with an identifier (`type[:scope]:value`), or the one with a One ID. @throws Error when there is none */
  async person(which: { identifier: string } | { one_id: string }): Promise<Person> {
    const path =
      'identifier' in which
        ? `/api/persons?identifier=${encodeURIComponent(which.identifier)}`
        : `/api/persons/${which.one_id}`;
    const answer = await this.get(path);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.json;
  }
}

/** A running server and the folder it works on. */
export interface RunningServer extends Client {
  readonly dir: string;
  /** Stops it; a folder that was made for it goes too. */
  stop(): Promise<void>;
}

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'oneriver-e2e-'));

class InProcess extends Client implements RunningServer {
  readonly dir: string;
  readonly #server: EmbeddedServer;
  readonly #owned: boolean;

  constructor(server: EmbeddedServer, dir: string, owned: boolean) {
    super(server.url, server.app.sources.keys());
    this.dir = dir;
    this.#server = server;
    this.#owned = owned;
  }

  async stop(): Promise<void> {
    await this.#server.close();
    if (this.#owned) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Starts the whole platform in this process, empty, on a free port and (unless `dir` is given) a folder of its own. */
export async function startServer(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const dir = options.dir ?? newFolder();
  const server = await EmbeddedServer.start({ port: 0, seed: false, ...options, dir });
  await server.ready;
  return new InProcess(server, dir, options.dir === undefined);
}

/** Longest start of a child, milliseconds. */
const START_MS = 60_000;

/** Resolves with the first output after which `ready` holds. */
function untilReady(child: ChildProcess, ready: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      child.off('exit', onExit);
      child.stdout?.off('data', onOutput).resume();
      if (error) reject(error);
      else resolve();
    };
    const onExit = (code: number | null): void => settle(new Error(`The server ended with ${code}:`));
    const onOutput = (): void => {
      if (ready()) settle();
    };
    const timer = setTimeout(() => settle(new Error(`The server did not start within ${START_MS} ms:`)), START_MS);
    child.on('exit', onExit);
    child.stdout?.on('data', onOutput);
  });
}

/** A server in a process of its own, as `npm start` runs it. */
export class ChildServer extends Client implements RunningServer {
  readonly dir: string;
  readonly #child: ChildProcess;
  readonly #owned: boolean;
  readonly #errors: () => string;

  private constructor(parts: { child: ChildProcess; dir: string; owned: boolean; errors: () => string }) {
    const facts = JSON.parse(readFileSync(join(parts.dir, 'dev.json'), 'utf8')) as {
      url: string;
      sources: Record<string, string>;
    };
    super(facts.url, facts.sources);
    this.dir = parts.dir;
    this.#child = parts.child;
    this.#owned = parts.owned;
    this.#errors = parts.errors;
  }

  /** @throws Error with what the process wrote when it ends before it is ready */
  static async start(options: { dir?: string; args?: readonly string[] } = {}): Promise<ChildServer> {
    const dir = options.dir ?? newFolder();
    // Written once the server takes events: an old one would name the process before.
    rmSync(join(dir, 'dev.json'), { force: true });
    const args = ['--disable-warning=ExperimentalWarning', MAIN, '--data', dir, '--port', '0', '--empty'];
    const child = spawn(process.execPath, [...args, ...(options.args ?? [])], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    const ready = (): boolean => existsSync(join(dir, 'dev.json'));
    await untilReady(child, ready).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw new Error(`${String(error)} ${errors}`);
    });
    return new ChildServer({ child, dir, owned: options.dir === undefined, errors: () => errors });
  }

  /** What it wrote to standard error. */
  get errors(): string {
    return this.#errors();
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resident memory, MiB. */
  rssMiB(): number {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, 'utf8'));
    return Number(line?.[1]) / 1024;
  }

  /** Ends the process and waits for its end. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    if (!this.running) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    if (this.#owned) rmSync(this.dir, { recursive: true, force: true });
  }
}
