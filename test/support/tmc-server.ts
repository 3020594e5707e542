import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame, FRAME, type FrameValue, KIND } from '../../functions/connect/tmc-frame.ts';
import { APP, type WaitingMessage } from './platform-server.ts';

const TOKEN = 'TOKEN-1';

/** Taobao's message channel on a loopback port, in the frames that were recorded: what is not confirmed is given out again. */
export class TmcServer {
  readonly url: string;
  readonly waiting: WaitingMessage[] = [];
  /** What was given out, by id, as often as it was. */
  readonly given: string[] = [];
  readonly confirmed: string[] = [];
  /** How often somebody was let in, and was not. */
  welcomed = 0;
  refused = 0;
  /** What is called with each confirmation; where it says so, the confirmation is lost and the connection ends. */
  onConfirm: () => 'lost' | undefined = () => undefined;
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('connection', (socket) => {
      socket.on('message', (data) => this.#take(socket, Buffer.isBuffer(data) ? data : Buffer.alloc(0)));
    });
  }

  static async start(): Promise<TmcServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise<void>((resolve) => server.once('listening', resolve));
    const made = new TmcServer(server);
    onTestFinished(() => {
      made.hangUp();
      server.close();
    });
    return made;
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  /** Ends every connection. */
  hangUp(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  #take(socket: WebSocket, bytes: Buffer): void {
    const { type, token, values } = decodeFrame(bytes);
    if (type === FRAME.CONNECT) this.#welcome(socket, values);
    else if (token !== TOKEN) socket.terminate();
    else if (values.__kind === KIND.PULL) this.#give(socket);
    else if (values.__kind !== KIND.CONFIRM) return;
    else if (this.onConfirm() === 'lost') socket.terminate();
    else this.#confirm(values.id);
  }

  #confirm(confirmed: FrameValue | undefined): void {
    this.confirmed.push(String(confirmed));
    const at = this.waiting.findIndex(({ id }) => id === confirmed);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  #welcome(socket: WebSocket, { app_key, group_name, timestamp, sign }: Readonly<Record<string, FrameValue>>): void {
    const text = `app_key${app_key}group_name${group_name}timestamp${timestamp}`;
    const right = createHash('md5').update(`${APP.app_secret}${text}${APP.app_secret}`).digest('hex').toUpperCase();
    if (sign === right && app_key === APP.app_key) {
      this.welcomed += 1;
      socket.send(encodeFrame({ type: FRAME.CONNECT_ACK, token: TOKEN, values: {} }));
      return;
    }
    this.refused += 1;
    // Status 401, "sign fail".
    const head = Buffer.from([2, FRAME.CONNECT_ACK, 2, 0, 0x91, 1, 0, 0, 3, 0, 9, 0, 0, 0]);
    socket.send(Buffer.concat([head, Buffer.from('sign fail'), Buffer.from([0, 0])]));
  }

  #give(socket: WebSocket): void {
    for (const { id, topic, content } of this.waiting) {
      this.given.push(String(id));
      const values = { __kind: KIND.DATA, id, topic, content, nick: 'y', userid: '1234567890' };
      socket.send(encodeFrame({ type: FRAME.SEND, token: TOKEN, values }));
    }
  }
}
