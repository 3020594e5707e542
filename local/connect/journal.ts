import { ConnectSettingsError, PlatformError } from '../../functions/connect/error.ts';

/** How a source's connector does, as `GET /api/connectors` tells. Times are ISO 8601. */
export interface ConnectorState {
  readonly source_id: string;
  readonly protocol: string;
  readonly via: 'websocket' | 'polling';
  readonly state: 'connecting' | 'connected' | 'failing';
  readonly connected_since: string | null;
  readonly last_message_at: string | null;
  /** Messages and orders that were kept since the start. */
  readonly kept: number;
  /** In a row; 0 once it works again. */
  readonly failures: number;
  readonly last_error: { readonly at: string; readonly message: string } | null;
}

type Told = Pick<ConnectorState, 'source_id' | 'protocol' | 'via'>;

/** What happened to one connector. Messages of errors are a platform's words without secrets, or our own. */
export class Journal {
  readonly #told: Told;
  readonly #now: () => number;
  #state: ConnectorState['state'] = 'connecting';
  #connectedSince: string | null = null;
  #lastMessageAt: string | null = null;
  #kept = 0;
  #failures = 0;
  #lastError: ConnectorState['last_error'] = null;

  /** @param now real time, epoch ms */
  constructor(told: Told, now: () => number) {
    this.#told = told;
    this.#now = now;
  }

  connected(): void {
    if (this.#state !== 'connected') this.#connectedSince = this.#at();
    this.#state = 'connected';
    this.#failures = 0;
  }

  /** The connection is gone, without anything being wrong. */
  disconnected(): void {
    if (this.#state === 'connected') this.#state = 'connecting';
    this.#connectedSince = null;
  }

  kept(count: number): void {
    if (count === 0) return;
    this.#kept += count;
    this.#lastMessageAt = this.#at();
  }

  /** Something went wrong, and the connection may stand. */
  noted(message: string): void {
    this.#lastError = { at: this.#at(), message };
  }

  failed(error: unknown): void {
    this.#state = 'failing';
    this.#failures += 1;
    this.#connectedSince = null;
    this.noted(messageOf(error));
  }

  get state(): ConnectorState {
    return {
      ...this.#told,
      state: this.#state,
      connected_since: this.#connectedSince,
      last_message_at: this.#lastMessageAt,
      kept: this.#kept,
      failures: this.#failures,
      last_error: this.#lastError,
    };
  }

  #at(): string {
    return new Date(this.#now()).toISOString();
  }
}

/** Of errors that are not made for it, the name alone: the rest may quote what was fetched. */
function messageOf(error: unknown): string {
  if (error instanceof PlatformError || error instanceof ConnectSettingsError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}
