import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { findRoutes } from '../functions/collect/routes.ts';
import type { WebhookTarget } from '../functions/fire/webhook.ts';
import type { Definitions } from '../functions/shared/definitions.ts';
import { type HttpRequest, jsonResponse } from '../functions/shared/http.ts';
import { REASONS } from '../schemas/reasons.ts';
import type { TrackingPlan } from '../schemas/tracking-plan.ts';
import { App } from './app.ts';
import type { ServerStatus } from './dev-api.ts';
import { refuseForeign } from './guard.ts';
import { type Answer, createHttpServer, listenOnLoopback } from './http-server.ts';
import { answerLocal, methodNotAllowed, notReady } from './local-routes.ts';
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
  /** The tracking plan; the one that ships in `schemas/` unless given. */
  readonly plan?: TrackingPlan;
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
  #resetting: Promise<void> | undefined;

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
    await listenOnLoopback(server, options.port);
    const { port } = server.address() as AddressInfo;
    const close = async (): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      setTimeout(() => server.closeAllConnections(), 2000).unref();
      await closed;
    };
    try {
      if (existsSync(join(options.dir, SEEDING))) removeData(options.dir);
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
    await this.#resetting;
    this.#app.live.end();
    await this.#close();
    await this.ready.catch(() => undefined);
    await this.#app.close();
  }

  async #prepare(): Promise<void> {
    const isNew = !existsSync(join(this.#options.dir, DEV_FILE)) && this.#app.raw.lastSeq() === 0;
    if (this.#options.seed && isNew) {
      this.#status.status = 'seeding';
      const mark = join(this.#options.dir, SEEDING);
      writeFileSync(mark, '');
      const isDone = await runSeed(this.#app, (progress) => {
        this.#status.progress = progress;
        this.#options.onProgress?.(progress);
        return !this.#closing;
      });
      if (isDone) rmSync(mark);
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
    writeFileSync(join(dir, DEV_FILE), `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 });
  }

  async #answer(request: HttpRequest, raw: Parameters<Answer>[1]): ReturnType<Answer> {
    const { path, method } = request;
    if (this.#resetting) await this.#resetting;
    const isApi = path.startsWith('/api/');
    const file = this.#page.get(path);
    // Any path that is not ours may be one that a source has for itself. Where the page is, a probe of the collector gets the page.
    if (!file && (!isApi || findRoutes(path).length > 0)) {
      if (this.#status.status === 'seeding' && method === 'POST') return notReady();
      return this.#app.collect(request);
    }
    const foreign = refuseForeign(request, this.port);
    if (foreign) return foreign;
    if (file) {
      return method === 'GET' || method === 'HEAD' ? file : methodNotAllowed(request, ['GET', 'HEAD']);
    }
    const context = { app: this.#app, status: this.#status, response: raw.response, reset: () => this.#reset() };
    const answered = await answerLocal(request, context);
    return answered === null ? this.#app.serve(request) : answered;
  }

  /** Deletes all data and starts anew and empty; keys stay. Requests that come meanwhile wait for its end. */
  #reset(): Promise<void> {
    this.#resetting ??= this.#startAnew().finally(() => {
      this.#resetting = undefined;
    });
    return this.#resetting;
  }

  async #startAnew(): Promise<void> {
    await this.#app.close();
    removeData(this.#options.dir);
    this.#app = await App.open(appOptions(this.#options, this.port));
    this.#app.startTicking();
  }
}

/** Where everything is; a folder that has it was in use before, even if it is empty now. */
const DEV_FILE = 'dev.json';

/** Says that sample traffic is flowing in; found at a start, it broke off, and half a month would mislead. */
const SEEDING = '.seeding';

function removeData(dir: string): void {
  for (const name of [...DATA, SEEDING]) rmSync(join(dir, name), { recursive: true, force: true });
}

const appOptions = (options: ServerOptions, port: number) => ({
  dir: options.dir,
  realNow: Date.now,
  publicUrl: `http://127.0.0.1:${port}`,
  ...(options.allowedOrigins ? { allowedOrigins: options.allowedOrigins } : {}),
  ...(options.webhook ? { webhook: options.webhook } : {}),
  ...(options.definitions ? { definitions: options.definitions } : {}),
  ...(options.plan ? { plan: options.plan } : {}),
});
