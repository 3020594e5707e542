import type { WebhookTarget } from '../functions/fire/webhook.ts';
import type { VirtualClock } from './clock.ts';
import type { Connectors } from './connect/connectors.ts';
import type { Imports } from './import/imports.ts';
import type { EmbeddedLake } from './lake.ts';
import type { MessageStore } from './messages.ts';
import type { Pipeline } from './pipeline.ts';
import type { SqliteRawStream } from './raw-stream.ts';
import { deliverDue } from './webhooks.ts';

interface TickerParts {
  readonly pipeline: Pipeline;
  readonly clock: VirtualClock;
  readonly messages: MessageStore;
  readonly lake: EmbeddedLake;
  readonly raw: SqliteRawStream;
  readonly imports: Imports;
  readonly connectors: Connectors;
  readonly webhook: WebhookTarget | undefined;
  readonly quality: { alarms(): Promise<unknown> };
}

const TICK_MS = 250;
/** How often rows that nobody asks for are written to Parquet, and small files merged. */
const MATERIALISE_EVERY_TICKS = 40;
/** How often the rules of data quality are looked at when nobody asks: every ten minutes. */
const LOOK_AT_QUALITY_EVERY_TICKS = 2_400;
/** How often the landing folder is looked at, and whether a platform is to be asked. */
const LAND_EVERY_TICKS = 4;
/** How long raw records can be read again. */
const RAW_RETENTION_MS = 7 * 86_400_000;

/** What happens as time goes by: timers fire, webhooks are delivered, rows settle into the lake, old records go. */
export class Ticker {
  readonly #parts: TickerParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #paused = 0;
  #ticks = 0;
  #complained = false;

  constructor(parts: TickerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => this.#next(), TICK_MS);
  }

  /** Keeps the ticker still, and waits for a tick under way, while the work runs. */
  async pausedWhile<T>(work: () => Promise<T>): Promise<T> {
    this.#paused += 1;
    try {
      await this.#running;
      return await work();
    } finally {
      this.#paused -= 1;
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#paused += 1;
    await this.#running;
  }

  #busy = false;

  #next(): void {
    if (this.#busy || this.#paused > 0) return;
    this.#busy = true;
    this.#running = this.#tick()
      .catch((error: unknown) => this.#complain(error))
      .finally(() => {
        this.#busy = false;
      });
  }

  async #tick(): Promise<void> {
    const { pipeline, clock, messages, lake, raw, webhook, imports, connectors, quality } = this.#parts;
    this.#ticks += 1;
    if (this.#ticks % LAND_EVERY_TICKS === 0) {
      imports.poke();
      connectors.poke();
    }
    await pipeline.fireDue();
    await deliverDue(messages, webhook, clock);
    if (this.#ticks % MATERIALISE_EVERY_TICKS !== 0) return;
    await pipeline.materialise();
    await lake.compact();
    raw.prune(clock.now() - RAW_RETENTION_MS);
    if (this.#ticks % LOOK_AT_QUALITY_EVERY_TICKS === 0) await quality.alarms();
  }

  /** Says once what stops the background work; messages of errors here name no personal data. */
  #complain(error: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    process.stderr.write(`Background work failed: ${error instanceof Error ? error.message : 'unknown error'}\n`);
  }
}
