import { rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { WebhookTarget } from '../functions/fire/webhook.ts';
import type { Definitions } from '../functions/shared/definitions.ts';
import { type HttpRequest, type HttpResponse, jsonResponse } from '../functions/shared/http.ts';
import { REASONS } from '../schemas/reasons.ts';
import { App } from './app.ts';
import { moveClock, replay, type ServerStatus, statsOf, streamLive } from './dev-api.ts';
import { refuseForeign } from './guard.ts';
import { type Answer, createHttpServer } from './http-server.ts';
import { loadPageFiles } from './page-files.ts';
import { runSeed } from './seed-run.ts';

export interface ServerOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly dir: string;
  /** Send a month of sample traffic through the collector when the data folder is new. */
  readonly seed: boolean;
  readonly allowedOrigins?: readonly string[];
  readonly webhook?: WebhookTarget;
  /** Tags and campaigns; those that ship in `schemas/` unless given. */
  readonly definitions?: Definitions;
  /** Called while the sample traffic flows, 0..1. */
  onProgress?(progress: number): void;
}

/** What is deleted by a reset; keys stay, so that write keys and tokens keep working. */
const DATA = [
  'state.db',
  'state.db-wal',
  'state.db-shm',
  'raw.db',
  'raw.db-wal',
  'raw.db-shm',
  'vault.db',
  'vault.db-wal',
  'vault.db-shm',
  'lake',
];

const isCollectorPath = (path: string): boolean =>
  path.startsWith('/v1/') || path.startsWith('/beacon/') || path.startsWith('/sourceConfig');

/** The embedded server: one process, one data folder, one loopback port. */
export class EmbeddedServer {
  readonly url: string;
  readonly port: number;
  /** Resolves when sample traffic, if any, has gone through and outsiders may send. */
  readonly ready: Promise<void>;
  #app: App;
  readonly #options: ServerOptions;
  readonly #status: ServerStatus;
  readonly #close: () => Promise<void>;
  readonly #page = loadPageFiles(join(import.meta.dirname, 'page'));
  #closing = false;

  private constructor(parts: { app: App; options: ServerOptions; port: number; close: () => Promise<void> }) {
    this.#app = parts.app;
    this.#options = parts.options;
    this.#close = parts.close;
    this.port = parts.port;
    this.url = `http://127.0.0.1:${parts.port}`;
    this.#status = { status: 'ready', progress: 1, url: this.url };
    this.ready = this.#prepare();
  }

  get app(): App {
    return this.#app;
  }

  /** Opens the data folder and listens on 127.0.0.1. @throws Error when the port is taken or the folder is in use */
  static async start(options: ServerOptions): Promise<EmbeddedServer> {
    let answer: Answer = async () => jsonResponse(503, { error: 'not_ready', message: REASONS.not_ready.fix });
    const server = createHttpServer((request, raw) => answer(request, raw));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const close = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2000).unref();
      await closed;
    };
    try {
      const app = await App.open(appOptions(options, port));
      const embedded = new EmbeddedServer({ app, options, port, close });
      answer = (request, raw) => embedded.#answer(request, raw);
      return embedded;
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** Finishes requests under way, then closes the data folder. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.#close();
    await this.ready.catch(() => undefined);
    await this.#app.close();
  }

  async #prepare(): Promise<void> {
    const isNew = this.#app.raw.lastSeq() === 0;
    if (this.#options.seed && isNew) {
      this.#status.status = 'seeding';
      await runSeed(this.#app, (progress) => {
        this.#status.progress = progress;
        this.#options.onProgress?.(progress);
        return !this.#closing;
      });
      this.#status.status = 'ready';
      this.#status.progress = 1;
    }
    if (this.#closing) return;
    this.#app.startTicking();
    this.#writeDevFile();
  }

  /** Where everything is, for scripts: written when the server is ready to take events. */
  #writeDevFile(): void {
    const { sources, dir } = this.#app;
    const keys = sources.keys();
    const facts = { url: this.url, publicKey: keys.web, secretKey: keys.server, sources: keys, pid: process.pid };
    writeFileSync(join(dir, 'dev.json'), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  }

  async #answer(request: HttpRequest, raw: Parameters<Answer>[1]): ReturnType<Answer> {
    const { path, method } = request;
    if (isCollectorPath(path)) {
      if (this.#status.status === 'seeding' && method === 'POST') return notReady();
      return this.#app.collect(request);
    }
    const foreign = refuseForeign(request, this.port);
    if (foreign) return foreign;
    if (!path.startsWith('/api/')) {
      const file = this.#page.get(path);
      return file && (method === 'GET' || method === 'HEAD') ? file : notFound(request);
    }
    const answered = await this.#answerLocal(request, raw);
    return answered === null ? this.#app.serve(request) : answered;
  }

  /** Routes that only the embedded server has. Null: it is not one of them. */
  async #answerLocal(request: HttpRequest, raw: Parameters<Answer>[1]): Promise<HttpResponse | undefined | null> {
    const app = this.#app;
    switch (`${request.method} ${request.path}`) {
      case 'GET /api/health':
        return this.#health();
      case 'GET /api/stats':
        return jsonResponse(200, statsOf(app, this.#status));
      case 'GET /api/live':
        streamLive(app, this.#status, raw.response);
        return undefined;
      case 'GET /api/outbox':
        await app.pipeline.settled();
        return jsonResponse(200, { messages: app.messages.list(Math.min(Number(request.query.limit) || 100, 1000)) });
      case 'GET /api/clock':
        return jsonResponse(200, {
          now: new Date(app.clock.now()).toISOString(),
          clock_offset_ms: app.clock.offsetMs(),
        });
      case 'POST /api/clock':
        return this.#status.status === 'seeding' ? notReady() : moveClock(app, request);
      case 'POST /api/replay':
        return replay(app, request);
      case 'POST /api/reset':
        return this.#status.status === 'seeding' ? notReady() : this.#reset();
      default:
        return null;
    }
  }

  #health(): HttpResponse {
    const { status, progress } = this.#status;
    const failure = this.#app.pipeline.failure();
    const now = new Date(this.#app.clock.now()).toISOString();
    if (failure !== undefined) {
      const message = `The pipeline stands still: ${failure} Nothing is lost; put it right and start again.`;
      return jsonResponse(503, { status: 'stopped', now, message });
    }
    if (status !== 'ready') return jsonResponse(503, { status, progress, now }, { 'retry-after': '1' });
    return jsonResponse(200, { status: 'ok', progress, now });
  }

  /** Deletes all data and starts anew and empty; keys stay. */
  async #reset(): Promise<HttpResponse> {
    await this.#app.close();
    for (const name of DATA) rmSync(join(this.#options.dir, name), { recursive: true, force: true });
    this.#app = await App.open(appOptions(this.#options, this.port));
    this.#app.startTicking();
    return jsonResponse(200, { status: 'reset' });
  }
}

const appOptions = (options: ServerOptions, port: number) => ({
  dir: options.dir,
  realNow: Date.now,
  publicUrl: `http://127.0.0.1:${port}`,
  ...(options.allowedOrigins ? { allowedOrigins: options.allowedOrigins } : {}),
  ...(options.webhook ? { webhook: options.webhook } : {}),
  ...(options.definitions ? { definitions: options.definitions } : {}),
});

const notReady = (): HttpResponse =>
  jsonResponse(
    503,
    { success: false, reason: 'not_ready', message: REASONS.not_ready.title, fix: REASONS.not_ready.fix },
    { 'retry-after': '2' },
  );

const notFound = (request: HttpRequest): HttpResponse =>
  jsonResponse(404, {
    error: 'not_found',
    message: `There is no ${request.path.slice(0, 120)}. The first page is at /, the API under /api, the collector under /v1.`,
  });
