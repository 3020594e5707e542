import type { Decision } from '../schemas/decision.ts';
import type { CleanEvent, QuarantinedEvent } from '../schemas/event.ts';
import type { ReasonCode } from '../schemas/reasons.ts';

/** Most messages about single events per second; counts are exact, the stream of events is a sample. */
const MAX_EVENTS_PER_SECOND = 50;

type Listener = (message: object) => void;

/** Tells whoever watches what just arrived and what became of it. Costs next to nothing while nobody does. */
export class LiveHub {
  readonly #listeners = new Map<Listener, () => void>();
  readonly #realNow: () => number;
  #window = 0;
  #sent = 0;

  constructor(realNow: () => number) {
    this.#realNow = realNow;
  }

  /** Calls back with each message until it is stopped or the hub ends, which `onEnd` is told. Returns how to stop. */
  subscribe(listener: Listener, onEnd: () => void = () => undefined): () => void {
    this.#listeners.set(listener, onEnd);
    return () => this.#listeners.delete(listener);
  }

  /** No more will come: the data folder is closed. Watchers connect again when it is opened anew. */
  end(): void {
    const ends = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const onEnd of ends) onEnd();
  }

  watched(): boolean {
    return this.#listeners.size > 0;
  }

  send(message: object): void {
    for (const listener of this.#listeners.keys()) listener(message);
  }

  stitched(event: CleanEvent, outcome: 'stitched' | 'duplicate' | 'quarantined', reason?: ReasonCode): void {
    if (!this.#mayTell()) return;
    this.send({
      kind: 'event',
      at: event.received_at,
      source_id: event.source_id,
      channel: event.channel,
      name: event.name,
      type: event.type,
      outcome: outcome === 'stitched' ? 'accepted' : outcome,
      reason,
      owner: event.owner,
    });
  }

  quarantined(item: QuarantinedEvent): void {
    if (!this.#mayTell()) return;
    const { first_seen: at, source_id, reason } = item;
    const name = item.event_name ?? item.route;
    this.send({
      kind: 'event',
      at,
      source_id,
      channel: source_id,
      name,
      type: item.route,
      outcome: 'quarantined',
      reason,
    });
  }

  decision(decision: Decision): void {
    if (!this.watched()) return;
    const { decided_at: at, campaign, one_id, subject, outcome, reason } = decision;
    this.send({ kind: 'decision', at, campaign, one_id, subject, outcome, reason });
  }

  person(change: 'created' | 'merged' | 'split', oneId: string): void {
    if (!this.#mayTell()) return;
    this.send({ kind: 'person', at: new Date(this.#realNow()).toISOString(), change, one_id: oneId });
  }

  #mayTell(): boolean {
    if (!this.watched()) return false;
    const second = Math.floor(this.#realNow() / 1000);
    if (second !== this.#window) {
      this.#window = second;
      this.#sent = 0;
    }
    this.#sent += 1;
    return this.#sent <= MAX_EVENTS_PER_SECOND;
  }
}
