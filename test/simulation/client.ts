import type { HttpResponse } from '../../functions/shared/http.ts';
import type { JsonObject } from '../../functions/shared/json.ts';
import type { Cloud } from './cloud.ts';
import { keyOf, type SourceId } from './sources.ts';
import { HOUR, SECOND, type World } from './world.ts';

/** What the deployment must do with an event that it has acknowledged. */
export type Due = 'clean' | 'quarantine' | 'either' | 'refused';

/** An event as somebody means it; `tag` goes along in its context, so that it is known again wherever it ends up. */
export interface Sent {
  readonly tag: string;
  readonly due: Due;
  readonly body: JsonObject;
}

/** What the sender knows of an event in the end. */
export interface Told {
  readonly sent: Sent;
  acknowledged: boolean;
  refused: boolean;
}

const MAX_ATTEMPTS = 12;
const LONGEST_PAUSE_MS = HOUR;

/** All that senders were told, by tag. */
export type Ledger = Map<string, Told>;

/**
 * An SDK: sends a batch, and again until it is told what became of it, or gives up. What it is not told of may or may not have
 * arrived.
 */
export class Client {
  readonly #world: World;
  readonly #cloud: Cloud;
  readonly #ledger: Ledger;

  constructor(world: World, cloud: Cloud, ledger: Ledger) {
    this.#world = world;
    this.#cloud = cloud;
    this.#ledger = ledger;
  }

  /** @param skew ms by which the sender's clock is ahead */
  async send(source: SourceId, events: readonly Sent[], skew = 0): Promise<void> {
    for (const sent of events) {
      if (!this.#ledger.has(sent.tag)) this.#ledger.set(sent.tag, { sent, acknowledged: false, refused: false });
    }
    const { time, dice, faults } = this.#world;
    const name = events.map(({ tag }) => tag).join(' ');
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (attempt > 0) await time.sleep(Math.min(LONGEST_PAUSE_MS, SECOND * 2 ** attempt) * (0.5 + dice.roll()));
      if (faults.strikes('client')) continue;
      const response = await this.#post(source, events, time.now() + skew);
      const unheard = faults.strikes('client');
      this.#world.note(`sdk ${source}`, `${name}: ${response?.status ?? 'no answer'}${unheard ? ', unheard' : ''}`);
      if (unheard || response === undefined || response.status === 429 || response.status >= 500) continue;
      this.#told(events, response);
      return;
    }
  }

  /** Undefined when the function did not answer. */
  async #post(source: SourceId, events: readonly Sent[], sentAt: number): Promise<HttpResponse | undefined> {
    const body = JSON.stringify({ batch: events.map(({ body }) => body), sentAt: new Date(sentAt).toISOString() });
    const authorization = `Basic ${Buffer.from(`${keyOf(source)}:`).toString('base64')}`;
    const request = {
      method: 'POST',
      path: '/v1/batch',
      query: {},
      headers: { authorization },
      body: Buffer.from(body),
    };
    await this.#world.time.sleep(this.#world.latency());
    const answer = this.#cloud.collector.invoke({ request, requestId: this.#world.newId('r') });
    const response = await answer.catch(() => undefined);
    await this.#world.time.sleep(this.#world.latency());
    return response;
  }

  #told(events: readonly Sent[], response: HttpResponse): void {
    const { accepted = 0, refused = [] } = JSON.parse(response.body) as {
      accepted?: number;
      refused?: { index: number }[];
    };
    const out = new Set(refused.map(({ index }) => index));
    for (const [index, { tag }] of events.entries()) {
      const told = this.#ledger.get(tag);
      if (!told) continue;
      if (out.has(index) || accepted === 0) told.refused = true;
      else told.acknowledged = true;
    }
  }
}
