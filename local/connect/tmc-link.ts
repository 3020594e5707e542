import { PlatformError } from '../../functions/connect/error.ts';
import { keep } from '../../functions/connect/keep.ts';
import type { PollDeps } from '../../functions/connect/poll-source.ts';
import { type AppSettings, appSettings, type SecretsByName, TAOBAO_CHANNEL } from '../../functions/connect/settings.ts';
import { PULL_EVERY_MS, TmcSession } from '../../functions/connect/tmc-consumer.ts';
import { backoffMs } from '../../functions/shared/backoff.ts';
import type { Source } from '../../schemas/event.ts';
import type { Connector } from './connector.ts';
import { Journal } from './journal.ts';

const RECONNECT = { attempts: Number.POSITIVE_INFINITY, baseMs: 1_000, capMs: 60_000 };
/** Longest wait for the platform to let us in. */
const WELCOME_MS = 15_000;
/** A connection on which nothing comes for so long may be dead without saying so; a new one costs nothing. */
const SILENCE_MS = 600_000;
const MAX_FRAME_BYTES = 1_048_576;

/** The server stops while a message is stored. */
class LinkStopped extends Error {
  override name = 'LinkStopped';
}

/** One connection, from its opening to its end. */
interface Connection {
  readonly socket: WebSocket;
  readonly session: TmcSession;
  readonly openedAt: number;
  heardAt: number;
  pulledAt: number;
}

/** Stays connected to a message channel for one source: connects again after a while that grows, and confirms what is durable. */
export class TmcLink implements Connector {
  readonly journal: Journal;
  readonly #source: Source;
  readonly #secrets: () => Promise<SecretsByName>;
  readonly #deps: PollDeps;
  #connection: Connection | undefined;
  #working: Promise<void> = Promise.resolve();
  #failures = 0;
  #dueAt = 0;
  #stopped = false;

  constructor(source: Source, secrets: () => Promise<SecretsByName>, deps: PollDeps) {
    const told = { source_id: source.source_id, protocol: source.protocol ?? '', via: 'websocket' } as const;
    this.journal = new Journal(told, deps.now);
    this.#source = source;
    this.#secrets = secrets;
    this.#deps = deps;
  }

  poke(): void {
    const now = this.#deps.now();
    if (this.#stopped) return;
    const connection = this.#connection;
    if (connection) this.#tend(connection, now);
    if (connection || now < this.#dueAt) return;
    // Until this attempt has its say.
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#working = this.#working.then(() => this.#open()).catch((error: unknown) => this.#later(error));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#connection?.socket.close();
    await this.#working;
  }

  #tend(connection: Connection, now: number): void {
    const { session, socket, openedAt, heardAt, pulledAt } = connection;
    if (!session.isConnected) {
      if (now - openedAt > WELCOME_MS) this.#drop(connection, `No welcome within ${WELCOME_MS} ms.`);
      return;
    }
    if (now - heardAt > SILENCE_MS) {
      // Nothing is wrong as far as anybody knows.
      this.#end(connection);
      socket.close();
      return;
    }
    if (now - pulledAt < PULL_EVERY_MS) return;
    connection.pulledAt = now;
    session.pull();
  }

  async #open(): Promise<void> {
    const app = appSettings(this.#source, await this.#secrets(), {
      url: TAOBAO_CHANNEL,
      loopback: this.#deps.loopback,
    });
    if (this.#stopped) return;
    const socket = new WebSocket(app.url);
    socket.binaryType = 'arraybuffer';
    const now = this.#deps.now();
    const session = this.#session(socket, app);
    const connection: Connection = { socket, session, openedAt: now, heardAt: now, pulledAt: now };
    this.#connection = connection;
    socket.onopen = () => session.connect();
    socket.onmessage = ({ data }) => this.#hear(connection, data);
    socket.onerror = () => this.#drop(connection, `The connection to ${app.url.host} failed.`);
    socket.onclose = () => this.#drop(connection, `The connection to ${app.url.host} was closed.`);
  }

  #session(socket: WebSocket, app: AppSettings): TmcSession {
    const options = { ...app, url: app.url.href, intranet_ip: '127.0.0.1' };
    return new TmcSession(
      {
        send: (bytes) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(Uint8Array.from(bytes));
        },
        close: () => socket.close(),
      },
      options,
      {
        now: this.#deps.now,
        store: async (messages) => {
          // What is not stored is not confirmed, and comes again.
          if (this.#stopped) throw new LinkStopped('The server stops.');
          await keep('tmc', messages, { ...this.#deps, source: this.#source });
          this.journal.kept(messages.length);
        },
        onFault: (message) => this.journal.noted(message),
      },
    );
  }

  #hear(connection: Connection, data: unknown): void {
    connection.heardAt = this.#deps.now();
    if (!(data instanceof ArrayBuffer) || data.byteLength > MAX_FRAME_BYTES) {
      this.#drop(connection, 'What came is no frame, or one that is too long.');
      return;
    }
    const received = connection.session.receive(Buffer.from(data)).then(() => {
      if (!connection.session.isConnected || this.#connection !== connection) return;
      this.#failures = 0;
      this.journal.connected();
    });
    this.#working = this.#working.then(() => received).catch((error: unknown) => this.journal.failed(error));
  }

  #drop(connection: Connection, why: string): void {
    if (this.#connection !== connection || this.#stopped) return;
    connection.socket.close();
    const before = this.journal.state.last_error;
    this.#end(connection);
    // What the platform said goes before the fact that it hung up.
    const isKnown = before !== null && Date.parse(before.at) >= connection.openedAt;
    this.journal.failed(new PlatformError(isKnown ? before.message : why, { isTransient: true }));
    this.#wait();
  }

  #end(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
    this.#dueAt = 0;
    this.journal.disconnected();
  }

  #later(error: unknown): void {
    this.journal.failed(error);
    this.#wait();
  }

  #wait(): void {
    const { now, random } = this.#deps;
    this.#dueAt = now() + RECONNECT.baseMs + backoffMs(RECONNECT, this.#failures, random());
    this.#failures += 1;
  }
}
