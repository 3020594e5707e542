import { platformSign } from './sign.ts';
import { decodeFrame, encodeFrame, FRAME, type Frame, type FrameValue, KIND } from './tmc-frame.ts';

/** A message of the channel, as it is kept on the raw stream. */
export interface TmcMessage {
  readonly id: string;
  readonly topic: string;
  /** JSON text, as the platform wrote it. */
  readonly content: string;
  /** The seller whose message it is. */
  readonly nick?: string;
  readonly userid?: string;
  /** Epoch ms. */
  readonly time?: number;
}

export interface TmcOptions {
  /** `wss://mc.api.taobao.com/`, or that of the sandbox. */
  readonly url: string;
  readonly app_key: string;
  readonly app_secret: string;
  /** Messages are shared among all who consume under one group. */
  readonly group_name: string;
  /** Told to the platform, which shows it in its console. */
  readonly intranet_ip: string;
}

/** A connection that frames go over: a WebSocket, or what stands for it in a test. */
export interface FrameSocket {
  send(bytes: Buffer): void;
  close(): void;
}

export interface TmcDeps {
  now(): number;
  /** Makes messages durable; a message is confirmed after that and not before. @throws where it is not */
  store(messages: readonly TmcMessage[]): Promise<void>;
  onFault(message: string): void;
}

/** How often more is asked for, ms: the platform pushes by itself as well. */
export const PULL_EVERY_MS = 5_000;

/**
 * The protocol of one connection to Taobao's message channel (TMC): introduces itself, asks for messages now and then, and confirms each once it is durable. What is
 * not confirmed comes again, so a message that could not be stored is simply left alone.
 */
export class TmcSession {
  readonly #options: TmcOptions;
  readonly #deps: TmcDeps;
  readonly #socket: FrameSocket;
  #token: string | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(socket: FrameSocket, options: TmcOptions, deps: TmcDeps) {
    this.#socket = socket;
    this.#options = options;
    this.#deps = deps;
  }

  /** Whether the platform has let us in. */
  get isConnected(): boolean {
    return this.#token !== undefined;
  }

  /** To be called once the connection is open. */
  connect(): void {
    const { app_key, app_secret, group_name, intranet_ip } = this.#options;
    const signed = { app_key, group_name, timestamp: String(this.#deps.now()) };
    const sign = platformSign(app_secret, signed);
    this.#socket.send(encodeFrame({ type: FRAME.CONNECT, values: { ...signed, sign, sdk: 'oneriver', intranet_ip } }));
  }

  /** Asks for messages that wait. */
  pull(): void {
    if (this.#token === undefined) return;
    this.#socket.send(encodeFrame({ type: FRAME.SEND, token: this.#token, values: { __kind: KIND.PULL } }));
  }

  /** Takes one frame in, after those before it. Resolves once what it brought is stored and confirmed, or left. */
  receive(bytes: Buffer): Promise<void> {
    this.#working = this.#working.then(() => this.#take(bytes));
    return this.#working;
  }

  async #take(bytes: Buffer): Promise<void> {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      this.#deps.onFault(error instanceof Error ? error.message : 'A frame cannot be read.');
      return;
    }
    if (frame.status !== undefined && frame.status !== 0) {
      this.#deps.onFault(`The message channel answered ${frame.status}: ${(frame.phrase ?? '').slice(0, 200)}`);
      this.#socket.close();
      return;
    }
    if (frame.type === FRAME.CONNECT_ACK) {
      this.#token = frame.token;
      this.pull();
      return;
    }
    if (frame.values.__kind !== KIND.DATA) return;
    const { id } = frame.values;
    const message = messageOf(frame.values);
    if (typeof id !== 'bigint' || message === undefined) {
      this.#deps.onFault('A message of the channel has no id, topic or content.');
      return;
    }
    try {
      await this.#deps.store([message]);
    } catch (error) {
      this.#deps.onFault(
        `A message was not stored and comes again: ${error instanceof Error ? error.name : 'unknown'}`,
      );
      return;
    }
    this.#socket.send(encodeFrame({ type: FRAME.SEND, ...this.#own(), values: { __kind: KIND.CONFIRM, id } }));
  }

  #own(): { token?: string } {
    return this.#token === undefined ? {} : { token: this.#token };
  }
}

const textOf = (value: FrameValue | undefined): string | undefined =>
  value === undefined || value === null || Buffer.isBuffer(value) ? undefined : String(value);

function messageOf(values: Readonly<Record<string, FrameValue>>): TmcMessage | undefined {
  const [id, topic, content] = [textOf(values.id), textOf(values.topic), textOf(values.content)];
  if (id === undefined || topic === undefined || content === undefined) return undefined;
  const [nick, userid, time] = [textOf(values.nick), textOf(values.userid), Number(textOf(values.time) ?? Number.NaN)];
  return {
    ...{ id, topic, content },
    ...(nick !== undefined && { nick }),
    ...(userid !== undefined && { userid }),
    ...(Number.isFinite(time) && { time }),
  };
}
