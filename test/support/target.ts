import { vi } from 'vitest';
import type { Message } from '../../schemas/decision.ts';
import { Client, type RunningServer } from './server.ts';

/**
 * A platform that e2e scenarios run against, wherever it is: embedded in this process, or deployed. What they say of it must
 * hold for both, so they read with `eventually` what takes a stream to become true.
 */
export abstract class Target extends Client {
  /** Begins every id that a scenario makes: several runs may share one deployment. */
  abstract readonly run: string;
  /** Where a tracking SDK is told to send to. */
  abstract readonly sdk: { readonly host: string; readonly path: string };

  /** Epoch milliseconds on the platform's clock. */
  abstract now(): Promise<number>;
  /** Looks until it passes: the last failure is thrown when patience is at an end. */
  abstract eventually<T>(look: () => Promise<T>): Promise<T>;
  /** Lets time pass until an instant, where it can be made to; else `eventually` waits for what is due then. */
  abstract reach(at: number): Promise<void>;
  /** The message of the channel `outbox` with a send id, if there is one. */
  abstract message(sendId: string): Promise<Message | undefined>;
  /** Who the audit trail says it was, if the caller gives a name of his own: an expected value. */
  abstract caller(named?: string): unknown;
}

/** The embedded binding: what was accepted is processed before anything is read, and its clock can be moved. */
export class EmbeddedTarget extends Target {
  readonly run = '';
  readonly sdk: Target['sdk'];

  constructor(server: RunningServer) {
    super(server.url, server.keys);
    this.sdk = { host: server.url, path: '/v1/batch' };
  }

  async now(): Promise<number> {
    return Date.parse((await this.get('/api/clock')).json.now);
  }

  /** What is due already fires with the next tick of the server, a quarter of a second later. */
  eventually<T>(look: () => Promise<T>): Promise<T> {
    return vi.waitFor(look, { timeout: 30_000, interval: 50 });
  }

  async reach(at: number): Promise<void> {
    const { status, text } = await this.post('/api/clock', { to: new Date(at).toISOString() });
    if (status !== 200) throw new Error(`POST /api/clock answered ${status}: ${text}`);
  }

  async message(sendId: string): Promise<Message | undefined> {
    const { messages } = (await this.get('/api/outbox?limit=1000')).json;
    return messages.find(({ send_id }: Message) => send_id === sendId);
  }

  caller(named = 'local operator'): unknown {
    return named;
  }
}
